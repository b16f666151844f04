// Makes an answer of JSON or YAML one of several that will do: `x` becomes `{any: [x, y]}`, a list of alternatives grows.
import { fieldOf, type Located, type LocatedScalar } from '../located.ts';
import type { TextChange } from './change.ts';

/** What differs between the two formats. */
export interface AlternativeStyle {
  /** The value with its quotes. */
  outer(value: Located): { start: number; end: number };
  /** An existing reference as it is written inside brackets. */
  kept(value: LocatedScalar): string;
  /** A new one. */
  text(reference: string): string;
  /** The key `any`. */
  any: string;
}

/**
 * The changes of `text` after which `reference` is an alternative to the answer written at offset `of`; undefined where no answer stands there
 * or its form is unusual (alternatives on lines of their own).
 */
export function alternativeChanges(
  text: string,
  answers: Located | undefined,
  of: number,
  reference: string,
  style: AlternativeStyle,
): TextChange[] | undefined {
  const holds = (value: Located): boolean => value.start <= of && of <= value.end;
  if (answers?.kind === 'scalar') {
    const { start, end } = style.outer(answers);
    return [{ start, end, text: `[${both(answers)}]` }];
  }
  const entry = answers?.kind === 'list' ? answers.items.find(holds) : undefined;
  if (!entry) return undefined;
  if (entry.kind === 'scalar') return [{ ...style.outer(entry), text: both(entry) }];
  const any = fieldOf(entry, 'any')?.value;
  if (any?.kind === 'list') {
    const last = any.items.at(-1);
    if (!last || text[any.start] !== '[') return undefined;
    const { end } = style.outer(last);
    return [{ start: end, end, text: `, ${style.text(reference)}` }];
  }
  const single = fieldOf(entry, 'answer');
  if (single?.value.kind !== 'scalar') return undefined;
  return [
    { ...single.keySpan, text: 'any' },
    { ...style.outer(single.value), text: `[${style.kept(single.value)}, ${style.text(reference)}]` },
  ];

  function both(old: LocatedScalar): string {
    return `{${style.any}: [${style.kept(old)}, ${style.text(reference)}]}`;
  }
}
