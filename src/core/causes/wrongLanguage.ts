// Question and answer are written in different scripts. Languages of one script, such as English and German, are not told apart.
import type { Snippet } from '../snippet.ts';
import { type Detector, listed } from './cause.ts';

const SCRIPTS = ['Latin', 'Han', 'Cyrillic', 'Greek', 'Arabic', 'Hebrew', 'Hangul', 'Thai', 'Devanagari'] as const;
const PATTERNS = SCRIPTS.map((script) => ({ script, pattern: new RegExp(`\\p{Script=${script}}`, 'gu') }));
/** A Chinese word is two characters long, an English one five: so many Latin letters weigh as much as one of Han. */
const LETTERS_PER_HAN = 3;
/** Share of the question's script up to which an answer is foreign to it: names and codes stay as they are. */
const FOREIGN = 0.1;

/** The script that most of a text is written in; undefined for one without letters. */
export function scriptOf(text: string): string | undefined {
  return largest(scriptShares(text));
}

function largest(shares: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined;
  for (const [script, share] of shares) if (best === undefined || share > shares.get(best)!) best = script;
  return best;
}

/** Share of each script in a text's letters, weighted so that words count alike; only those that occur. */
function scriptShares(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { script, pattern } of PATTERNS) {
    const letters = text.match(pattern)?.length ?? 0;
    if (letters > 0) counts.set(script, script === 'Han' ? letters * LETTERS_PER_HAN : letters);
  }
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return new Map([...counts].map(([script, count]) => [script, count / all]));
}

/** Snippets of unchanged files are the same objects, so that an edit costs what it touches. */
const known = new WeakMap<Snippet, Map<string, number>>();

function snippetShares(snippet: Snippet): Map<string, number> {
  let shares = known.get(snippet);
  if (!shares) {
    shares = scriptShares(snippet.text);
    known.set(snippet, shares);
  }
  return shares;
}

/** Evidence: `both` or `unread`, the question's script, the answer's script, and the scripts that the model does not read. */
export const wrongLanguage: Detector = ({ question, answer, around }) => {
  const asked = scriptOf(question.text);
  const shares = snippetShares(answer);
  if (asked === undefined || shares.size === 0 || (shares.get(asked) ?? 0) > FOREIGN) return undefined;
  const answered = largest(shares)!;
  const unread = [asked, answered].filter((script) => !around.reads(script));
  return unread.length === 0 ? ['both', asked, answered] : ['unread', asked, answered, listed(unread)];
};
