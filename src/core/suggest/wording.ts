// What the rules for suggested questions share: the language of a text, a heading inside a sentence, the user's point of view.

/** True for a text with Chinese characters. */
export const isHan = (text: string): boolean => /\p{Script=Han}/u.test(text);

/** Without a capital at its beginning, unless the first word is a name or an abbreviation by its looks (`API`, `iPhone`, `E-4012`). */
export function inSentence(text: string): string {
  const [first = ''] = text.split(/\s/);
  return /^\p{Lu}[\p{Ll}'’-]*[,;]?$/u.test(first) ? text[0]!.toLowerCase() + text.slice(1) : text;
}

const MINE: Record<string, string> = { your: 'my', yours: 'mine', yourself: 'myself', you: 'I', "you're": 'I am' };

/** From "your order" to "my order": pages speak to the user, users speak of themselves. */
export function asUser(text: string): string {
  return text.replace(
    /\b(?:you['’]re|yourself|yours?|you)\b/gi,
    (word) => MINE[word.toLowerCase().replace('’', "'")] ?? word,
  );
}

/** The Chinese form of {@link asUser}: who asks leaves the pronoun out. */
export const withoutYou = (text: string): string => text.replace(/[您你]们?的?/g, '');

/** Ends with one question mark of its script. */
export function asked(text: string): string {
  return text.replace(/[\s?？.。:：!！]+$/u, '') + (isHan(text) ? '？' : '?');
}
