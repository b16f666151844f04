// Question sets as no author would write them: both languages, quotes, tabs, line breaks, emoji, odd ids; the same for the same seed.
import type { Dataset, ExchangeQuestion } from '../../../../src/core/exchange/dataset.ts';
import { type Random, seededRandom } from '../../../../src/core/random.ts';

const WORDS = [
  'refund',
  'invoice',
  'VPN',
  '发票',
  '退款多久到账',
  '年假',
  'say "yes"',
  "it's",
  'a, b',
  'x|y',
  '50 %',
  '😀',
  '👩‍💻',
  'naïve',
  'C:\\temp',
  '[link](x)',
  '# no heading',
  '- no list',
  '<b>',
  '&amp;',
  '*star*',
  '_under_',
  '`code`',
  '| cell |',
  '1. one',
  '~tilde~',
  '“引号”',
  '\u3000全角',
  'a\tb',
  'one\ntwo',
  'one\n\ntwo',
  '=1+1',
  'null',
  '007',
];
const IDS = [
  'doc',
  'support/refunds.md#gift-cards',
  '财务/发票.md#补开',
  'it is 50%.md#a b',
  "o'neil",
  'a"b',
  'tab\there',
  '😀',
  '00',
  'x,y',
  '(p)',
  '<q>',
  '[r]',
  'ä',
];

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random.below(from.length)]!;
}

/** Texts have no blanks around them and are distinct by their last word. */
function text(random: Random, last: string): string {
  return [...Array.from({ length: 1 + random.below(5) }, () => pick(random, WORDS)), last].join(' ').trim();
}

export function randomDataset(seed: number): Dataset {
  const random = seededRandom(seed);
  const passages = Array.from({ length: 1 + random.below(8) }, (_, i) => ({
    id: `${pick(random, IDS)}-${i}`,
    title: random.next() < 0.3 ? '' : text(random, `t${i}`).replace(/\s+/g, ' '),
    text: text(random, `p${i}`),
  }));
  const questions = Array.from({ length: random.below(8) }, (_, i): ExchangeQuestion => {
    const ids = random.shuffle(passages.map(({ id }) => id)).slice(0, 1 + random.below(4));
    const answers: ExchangeQuestion['answers'] = [];
    while (ids.length > 0) {
      const relevance = random.below(3) as 0 | 1 | 2;
      answers.push({
        passages: ids.splice(0, 1 + random.below(2)),
        ...(relevance > 0 && { relevance: (relevance + 1) as 2 | 3 }),
      });
    }
    const some = (kind: string): string[] =>
      Array.from({ length: random.below(3) }, (_, j) => text(random, `${kind}${i}.${j}`));
    return {
      ...(random.next() < 0.7 && { id: `${pick(random, IDS)}-q${i}` }),
      text: text(random, `q${i}?`),
      answers,
      variants: some('v'),
      ...(random.next() < 0.6 && { split: pick(random, ['train', 'test'] as const) }),
      tags: some('g').map((tag) => tag.replace(/\s+/g, ' ')),
    };
  });
  return { questions, passages };
}
