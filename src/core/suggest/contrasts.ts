// Questions from contrasts: "unlike gift cards, …", "before you send it back, …", "与…不同", "…之前".
import type { Sentence } from '../sentences.ts';
import { asUser, inSentence, isHan, withoutYou } from './wording.ts';

type Pattern = [pattern: RegExp, question: (groups: Record<string, string>, title: string) => string | undefined];

const ENGLISH: Pattern[] = [
  [
    /\bunlike (?<other>[^,.;:]{2,60}),/i,
    ({ other }, title) => title && `What is the difference between ${title} and ${other}?`,
  ],
  [
    /\bdifference between (?<one>[^,.;:]{2,40}?) and (?<other>[^,.;:]{2,40}?)(?= (?:is|are|lies)\b|[,.;:])/i,
    ({ one, other }) => `What is the difference between ${one} and ${other}?`,
  ],
  [/^before you (?<deed>[^,.;:]{3,70}),/i, ({ deed }) => `What should I do before I ${asUser(deed!)}?`],
  [/^before (?<deed>\p{L}{2,}ing\b[^,.;:]{2,60}),/iu, ({ deed }) => `What should I do before ${asUser(deed!)}?`],
  [/^after you (?<deed>[^,.;:]{3,70}),/i, ({ deed }) => `What happens after I ${asUser(deed!)}?`],
  [/^after (?<deed>\p{L}{2,}ing\b[^,.;:]{2,60}),/iu, ({ deed }) => `What happens after ${asUser(deed!)}?`],
];

/** Not an occasion but a stretch of time: 三个工作日后. */
const STRETCH = /[\d一二三四五六七八九十两几]\s*个?(?:天|日|小时|分钟|周|月|年|工作日|自然日)(?:内|以)?$/;
const NO_OCCASION = /^(?:此|这|那|今|目|以|然|最|先|随|其|从|在此|没|未|日$)/;

function occasion(deed: string, ending: string): string | undefined {
  const plain = withoutYou(deed);
  return plain.length < 2 || STRETCH.test(plain) || NO_OCCASION.test(plain) ? undefined : plain + ending;
}

const CHINESE: Pattern[] = [
  [
    /[与和跟同](?<other>[^，。；：、]{2,16}?)(?:有所|完全)?(?:不同|不一样|相比)(?:的是)?[，。]/,
    ({ other }, title) => title && `${title}和${other}有什么不同？`,
  ],
  [/不同于(?<other>[^，。；：、]{2,16})，/, ({ other }, title) => title && `${title}和${other}有什么不同？`],
  [
    /(?:^|[，。])(?<one>[^，。；：、和与]{2,12})[和与](?<other>[^，。；：、]{2,12})的(?:区别|差别|不同)/,
    ({ one, other }) => `${one}和${other}有什么区别？`,
  ],
  [
    /^在?(?<deed>[^，。；：、]{2,16}?)(?:之前|以前|(?<![提目当先面])前)，/,
    ({ deed }) => occasion(deed!, '之前要做什么？'),
  ],
  [/^在?(?<deed>[^，。；：、]{2,16}?)(?:之后|以后|后)，/, ({ deed }) => occasion(deed!, '之后会怎样？')],
];

/** One question for each contrast; `title` is the section's own name where that names a thing. */
export function contrastQuestions(sentences: readonly Sentence[], title: string): string[] {
  return sentences.flatMap(({ text }) => {
    for (const [pattern, question] of isHan(text) ? CHINESE : ENGLISH) {
      const groups = pattern.exec(text)?.groups;
      const found = groups && question(groups, isHan(text) ? title : inSentence(title));
      if (found) return [found];
    }
    return [];
  });
}
