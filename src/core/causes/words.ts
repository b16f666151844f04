// Which words of a question a snippet has, in its heading and in its body.
import { plainly, words } from '../lexical/words.ts';
import type { Snippet } from '../snippet.ts';

const STOP = new Set(
  "a about again already also am an and any are as at be been both but by can can't come comes could did didn't do does doesn't don't even ever for from get gets getting give go good got had has have haven't how i i'd i'm i've if in into is isn't it it's its just let make many may me more much must my need needs no not now of on only or our out put should so some still take than that the their them then there this to too up us use very want was we we're were what when where which who whom whose why will with won't would yet you your".split(
    ' ',
  ),
);
const STOP_HAN =
  /^(?:[的了吗呢吧是我你他她它们在有和与就都也要会能可以么什怎哪多少为请问把被给对从到及或还该用上下里时后前得着过个这那些久候第几]+|地方|哪处|处|如何|怎样|怎么办|需要|应该|应当|必须|是否|时候|情况|办理|进行|使用|一个|想要|几|第几|谁|天|次|元)$/;
const HAN = /\p{Script=Han}/u;

/** The words that carry a question's meaning, each once: without stop words, and a code without its parts. */
export function wordsOf(text: string): string[] {
  const found = [...new Set(words(text.replaceAll('’', "'")))].filter((word) =>
    HAN.test(word) ? !STOP_HAN.test(word) : (word.length > 1 || /\d/.test(word)) && !STOP.has(word),
  );
  const codes = found.filter((word) => /[\p{L}\p{N}][-_./#+:]/u.test(word));
  return found.filter((word) => !codes.some((code) => code !== word && code.split(/[-_./#+:]+/).includes(word)));
}

/** A snippet as words are looked up in it, in lower case. */
export interface PlainSnippet {
  heading: string;
  body: string;
}

/** Snippets of unchanged files are the same objects, so that an edit costs what it touches. */
const plain = new WeakMap<Snippet, PlainSnippet>();

/** The snippet's heading path and body as {@link hasWord} reads them. */
export function plainSnippet(snippet: Snippet): PlainSnippet {
  let known = plain.get(snippet);
  if (!known) {
    known = { heading: plainly(snippet.headingPath.join(' > ')), body: plainly(snippet.body) };
    plain.set(snippet, known);
  }
  return known;
}

/**
 * Whether a plain text has a word of {@link wordsOf}. English words are looked up by their stem at the start of a word, so that
 * `cancel` meets `cancellation`; a Chinese word of three characters or more is also met by any two of its neighbours.
 */
export function hasWord(text: string, word: string): boolean {
  if (HAN.test(word)) {
    if (text.includes(word)) return true;
    const characters = [...word];
    return (
      characters.length > 2 && characters.some((_, i) => i > 0 && text.includes(characters[i - 1]! + characters[i]!))
    );
  }
  const root = /\d/.test(word) ? word : stem(word);
  const isWhole = root.length < 4 || /\d/.test(root);
  for (let at = text.indexOf(root); at >= 0; at = text.indexOf(root, at + 1)) {
    if (at > 0 && /[a-z0-9]/.test(text[at - 1]!)) continue;
    if (!isWhole || !/[a-z0-9]/.test((text[at + root.length] ?? ' ').replace(/s/, ' '))) return true;
  }
  return false;
}

/** Endings that change a word's form and little of its sense; what stays has four letters at least. */
function stem(word: string): string {
  return word.replace(/(?<=^\p{L}{4,})(?:ations?|ings?|ments?|ed|es|s|ly|e|y|ies)$/u, '');
}

/** The question's words that a snippet has in heading or body. */
export function sharedWords(words: readonly string[], snippet: Snippet): string[] {
  const { heading, body } = plainSnippet(snippet);
  return words.filter((word) => hasWord(heading, word) || hasWord(body, word));
}

/** The question's words that a snippet has in its heading path, and those that it has in its body; some stand in both. */
export function placedWords(words: readonly string[], snippet: Snippet): { heading: string[]; body: string[] } {
  const { heading, body } = plainSnippet(snippet);
  return {
    heading: words.filter((word) => hasWord(heading, word)),
    body: words.filter((word) => hasWord(body, word)),
  };
}

/**
 * The weighted share of the words that are `found`, in 0..1; 1 for a question without words. A word tells the less the more snippets
 * have it: `frequency` is their share.
 */
export function coverage(
  words: readonly string[],
  found: readonly string[],
  frequency: (word: string) => number,
): number {
  let [whole, has] = [0, 0];
  for (const word of words) {
    const weight = (/^\p{Script=Han}$/u.test(word) ? SINGLE : 1) * Math.max(LEAST_WEIGHT, 1 - 3 * frequency(word));
    whole += weight;
    if (found.includes(word)) has += weight;
  }
  return whole === 0 ? 1 : has / whole;
}

/** Weight of a single Chinese character beside a word: it is part of many words. */
const SINGLE = 0.3;
/** Of a word that a third of the snippets or more have. */
const LEAST_WEIGHT = 0.05;
