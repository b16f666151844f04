// Causes in the language of the window.
import type { Cause } from '../core/causes/cause.ts';
import { type ToldCause, tell } from '../core/causes/text.ts';
import { engineText } from './engineTexts.ts';
import { causeTitles } from './panel/texts.ts';

/** What people are told about a cause: title, what shows it, what to do. */
export function toldHere(cause: Cause): ToldCause {
  const { name, evidence, mend } = tell(cause);
  return { name, title: causeTitles()[`cause.${name}`], evidence: engineText(evidence), mend: engineText(mend) };
}

/** The main cause as one line; undefined where there is none. */
export function causeLine(causes: readonly Cause[] | undefined): string | undefined {
  const [main] = causes ?? [];
  if (!main) return undefined;
  const { title, evidence, mend } = toldHere(main);
  return `${title}: ${evidence} ${mend}`;
}
