// A text's sentences, in English and Chinese: by closing marks and line breaks.
import { isSentenceEnd } from './window.ts';

/** Where a sentence stands in its text, half open, blanks around it left out. */
export interface Sentence {
  text: string;
  start: number;
  end: number;
}

/** The sentences in their order; a line without a closing mark is one too. Blank ones are left out. */
export function sentencesOf(text: string): Sentence[] {
  const found: Sentence[] = [];
  let start = 0;
  // Only behind a mark, a blank or a closing quote can one end.
  for (const match of text.matchAll(/[\n。！？；｡](?!\s)|\s(?=\S)|["'”’」』）)】》\]]|$/g)) {
    const end = match.index + match[0].length;
    if (end <= start || !isSentenceEnd(text, end)) continue;
    const raw = text.slice(start, end);
    const sentence = raw.trim();
    const from = start + raw.length - raw.trimStart().length;
    if (sentence !== '') found.push({ text: sentence, start: from, end: from + sentence.length });
    start = end;
  }
  return found;
}
