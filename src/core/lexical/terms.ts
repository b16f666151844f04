// Terms of a text for word ranking: what must be equal in question and snippet for a match.
import { plainly } from './words.ts';

/** Spaces and line breaks inside a Chinese sentence mean nothing: 故乡 broken over two lines is still 故乡. */
const SPACE_IN_HAN = /(?<=\p{Script=Han})\s+(?=\p{Script=Han})/gu;
/** A code with its joints, or a word; a run of Chinese characters is a match of its own. */
const RUN =
  /(?<han>\p{Script=Han}+)|(?:(?!\p{Script=Han})[\p{L}\p{N}\p{M}])+(?:[-_./#:](?:(?!\p{Script=Han})[\p{L}\p{N}\p{M}])+)*[+#]*/gu;
const JOINT = /[-_./#:]+/;

/**
 * Terms in lower case, repeated as they stand. Codes count whole and in their parts; plural forms in English meet their singular;
 * a run of Chinese characters gives its overlapping pairs, which found more than words of a dictionary or single characters do
 * (`bench/recall.ts`; the same in Nie et al. 2000, "On the use of words and n-grams for Chinese information retrieval").
 */
export function terms(text: string): string[] {
  const found: string[] = [];
  for (const match of plainly(text).replace(SPACE_IN_HAN, '').matchAll(RUN)) {
    const [run] = match;
    if (match.groups?.han !== undefined) {
      pairs(run, found);
      continue;
    }
    const parts = run.split(JOINT);
    if (parts.length > 1 || /[+#]$/.test(run)) found.push(run);
    for (const part of parts) found.push(singular(part.replace(/[+#]+$/, '')));
  }
  return found;
}

function pairs(run: string, found: string[]): void {
  const characters = [...run];
  if (characters.length === 1) found.push(run);
  for (let i = 0; i + 1 < characters.length; i++) found.push(characters[i]! + characters[i + 1]!);
}

/** The S-stemmer (Harman 1991, "How effective is suffixing?"), which touches English plurals and little else. */
function singular(word: string): string {
  if (word.length < 4 || !word.endsWith('s')) return word;
  if (/ies$/.test(word)) return /[ae]ies$/.test(word) ? word : `${word.slice(0, -3)}y`;
  if (/es$/.test(word)) return /[aeo]es$/.test(word) ? word : word.slice(0, -1);
  return /(us|ss)$/.test(word) ? word : word.slice(0, -1);
}
