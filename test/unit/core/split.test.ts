// The split: nothing stands on both sides, explicit choices win, held-out questions stay where they are from day to day.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkNearDuplicates, normaliseWording, trigrams } from '../../../src/core/nearDuplicates.ts';
import type { Question, Split } from '../../../src/core/question.ts';
import { type Random, seededRandom } from '../../../src/core/random.ts';
import { relatedQuestions } from '../../../src/core/relatedQuestions.ts';
import { developmentSplit, splitQuestions } from '../../../src/core/split.ts';
import { UnionFind } from '../../../src/core/unionFind.ts';

const range = (line: number) => ({ start: { line, column: 0 }, end: { line, column: 10 } });

/** A question; each answer is a list of snippet ids. */
function question(id: string, text: string, answers: string[][], more: Partial<Question> = {}): Question {
  return {
    id,
    text,
    variants: [],
    answers: answers.map((snippetIds) => ({ reference: snippetIds[0] ?? 'gone.md', snippetIds, range: range(0) })),
    tags: [],
    file: 'standard.questions.jsonl',
    range: range(0),
    ...more,
  };
}

const THINGS = [
  'the laptop dock',
  'a parking permit',
  '年假余额',
  'the VPN client',
  '电子发票',
  'error E-42',
  '门禁卡',
  'the wiki theme',
];
const FRAMES = [
  'How do I request %?',
  'Who can help me with % today?',
  '怎么处理%？',
  'Why does % not work on Monday mornings?',
  '%在哪里申请？',
];

/** Questions as different as chance makes them, each on a snippet of its own. */
function separate(count: number, seed: number, start = 0): Question[] {
  const random = seededRandom(seed);
  const word = () => Array.from({ length: 6 }, () => 'abcdefghijklmnopqrstuvwxyz'[random.below(26)]).join('');
  return Array.from({ length: count }, (_, i) =>
    question(`q${start + i}`, `Where is ${word()} ${word()} of ${word()}?`, [[`docs/page-${start + i}.md#answer`]]),
  );
}

/** Questions that share snippets, wordings and near-wordings at random, some explicit, some without an answer. */
function tangled(random: Random, count: number): Question[] {
  const pick = <T>(items: T[]) => items[random.below(items.length)]!;
  const text = () => {
    const base = pick(FRAMES).replace('%', `${pick(THINGS)} ${random.below(40)}`);
    return random.below(4) === 0 ? ` ${base.toUpperCase()} ` : base;
  };
  return Array.from({ length: count }, (_, i) => {
    const answers = Array.from({ length: random.below(6) === 0 ? 2 : 1 }, () =>
      Array.from({ length: pick([0, 1, 1, 1, 1, 1, 1, 4]) }, () => `kb/${random.below(3 * count)}.md`),
    );
    return question(`q${i}`, text(), answers, { variants: random.below(4) === 0 ? [text()] : [] });
  });
}

const wordings = (each: Question) => [each.text, ...each.variants].map(normaliseWording).filter((text) => text !== '');
const snippets = (each: Question) => each.answers.flatMap((answer) => answer.snippetIds);

/** |a and b| / |a or b|, spelt out. */
function jaccard(a: Set<string>, b: Set<string>): number {
  return [...a].filter((item) => b.has(item)).length / new Set([...a, ...b]).size;
}

/** Directly related, by the definition spelt out. */
function related(a: Question, b: Question): boolean {
  const own = new Set(snippets(a));
  if (snippets(b).some((id) => own.has(id))) return true;
  return wordings(a).some((x) => wordings(b).some((y) => x === y || jaccard(trigrams(x), trigrams(y)) >= 0.8 - 1e-12));
}

const trainShareOf = (sides: ReadonlyMap<string, Split>) =>
  [...sides.values()].filter((side) => side === 'train').length / sides.size;

test('wordings are the same whatever their case, width, punctuation and Chinese spacing; symbols count', () => {
  assert.equal(normaliseWording('  How do I reset my　PASSWORD？'), 'how do i reset my password');
  assert.equal(normaliseWording('使用 VPN 时，如何重置密码？'), normaliseWording('使用ＶＰＮ时如何重置密码'));
  assert.notEqual(normaliseWording('What is C++?'), normaliseWording('What is C#?'));
  assert.equal(normaliseWording(' ?! '), '');
  assert.deepEqual([...trigrams('报销')], [' 报销', '报销 ']);
  assert.deepEqual([...trigrams('')], []);
});

test('the join finds exactly the pairs that comparing all finds', () => {
  for (let seed = 0; seed < 12; seed++) {
    const random = seededRandom(seed);
    const texts = tangled(random, 90).flatMap((each) => [each.text, ...each.variants]);
    for (const threshold of [0.5, 0.8, 1]) {
      const fast = new UnionFind(texts.length);
      linkNearDuplicates(
        texts,
        texts.map((_, i) => i),
        fast,
        threshold,
      );
      const slow = new UnionFind(texts.length);
      const sets = texts.map((text) => trigrams(normaliseWording(text)));
      for (let i = 0; i < texts.length; i++) {
        for (let j = 0; j < i; j++) if (jaccard(sets[i]!, sets[j]!) >= threshold - 1e-12) slow.union(i, j);
      }
      assert.deepEqual(fast.groups(), slow.groups());
      if (threshold === 0.8) assert.ok(fast.groups().length > 3 && fast.groups().length < texts.length);
    }
  }
});

test('the join misses no pair at the very threshold, and wordings without a letter link nothing', () => {
  const linked = (a: string, b: string) => {
    const groups = new UnionFind(2);
    linkNearDuplicates([a, b], [0, 1], groups);
    return groups.same(0, 1);
  };
  // 13 and 14 trigrams, 12 of them shared: 12 / 15 = 0.8; only the last trigram of the longer one's prefix finds the shorter.
  assert.ok(linked('reset my code', 'reset my codes'));
  // 12 and 13 trigrams, 11 of them shared: 11 / 14.
  assert.ok(!linked('reset my cod', 'reset my code'));
  assert.ok(!linked('???', '！'));
});

test('nothing leaks: no snippet and no near-duplicate wording on both sides of any random set', () => {
  for (let seed = 0; seed < 15; seed++) {
    const questions = tangled(seededRandom(100 + seed), 70);
    const { sides, findings } = splitQuestions(questions, { seed });
    assert.deepEqual(findings, []);
    assert.deepEqual(
      questions.filter((each) => sides.has(each.id)),
      questions.filter((each) => snippets(each).length > 0),
    );
    const [train, test] = (['train', 'test'] as const).map((side) =>
      questions.filter((each) => sides.get(each.id) === side),
    );
    assert.ok(train!.length > 0 && test!.length > 0);
    for (const a of train!) for (const b of test!) assert.ok(!related(a, b), `${a.text} / ${b.text}`);
    const inner = developmentSplit(train!, { seed });
    assert.equal(inner.size, train!.length);
    for (const a of train!) {
      for (const b of train!)
        if (inner.get(a.id) !== inner.get(b.id)) assert.ok(!related(a, b), `${a.text} / ${b.text}`);
    }
  }
});

test('a chain of shared snippets and wordings is one component, a whole-file answer ties its file', () => {
  const questions = [
    question('a', 'How do I enrol a second phone?', [['mfa.md#enrol']]),
    question('b', 'Where do I report a stolen badge?', [['badge.md#lost'], ['mfa.md#enrol']]),
    question('c', 'where do i report a STOLEN badge', [['security.md']]),
    question('d', '年假可以留到明年吗？', [['leave.md#carry', 'leave.md#sick']]),
    question('e', '病假要交什么证明？', [['leave.md#sick']]),
    question('f', 'Is the gym free?', [['gym.md']], { variants: ['病假需要交什么证明'] }),
    question('g', 'What is on the lunch menu?', [[], ['lunch.md']]),
    question('h', 'What is on the lunch menu today?', [[]]),
  ];
  const groups = relatedQuestions(questions).map((group) => group.map((each) => each.id).join(''));
  // f: 病假要交什么证明 and 病假需要交什么证明 have 8 and 9 trigrams, 6 of them shared: 6 / 11 is too far.
  assert.deepEqual(groups, ['abc', 'de', 'f', 'g']);
});

test('the default trains on about 60 %, another share on about that', () => {
  for (const trainShare of [0.2, 0.6, 0.8]) {
    for (let seed = 0; seed < 20; seed++) {
      const share = trainShareOf(splitQuestions(separate(40, seed), { trainShare, seed }).sides);
      assert.ok(Math.abs(share - trainShare) <= 0.1, `${share}`);
    }
  }
  const large = separate(2000, 5);
  assert.ok(Math.abs(trainShareOf(splitQuestions(large).sides) - 0.6) < 0.04);
  const inner = [...developmentSplit(large).values()].filter((side) => side === 'development').length / 2000;
  assert.ok(Math.abs(inner - 0.2) < 0.04, `${inner}`);
});

test('the development share is as wanted after the first split, too', () => {
  const questions = separate(1000, 6);
  const { sides } = splitQuestions(questions);
  const train = questions.filter((each) => sides.get(each.id) === 'train');
  const inner = developmentSplit(train);
  const share = [...inner.values()].filter((side) => side === 'development').length / train.length;
  assert.ok(Math.abs(share - 0.2) < 0.05, `${share}`);
});

test('from two components on both sides have questions, however lopsided', () => {
  const big = Array.from({ length: 9 }, (_, i) =>
    question(`b${i}`, `What about rule ${'xyzuvwrst'[i]} of the canteen?`, [['big.md']]),
  );
  for (let seed = 0; seed < 60; seed++) {
    for (const count of [2, 3, 5]) {
      const { sides } = splitQuestions(separate(count, seed), { seed });
      assert.equal(new Set(sides.values()).size, 2, `${count} questions, seed ${seed}`);
    }
    for (const trainShare of [0.05, 0.6, 0.95]) {
      const two = splitQuestions([...big, ...separate(1, seed)], { seed, trainShare }).sides;
      assert.equal(new Set(two.values()).size, 2, `seed ${seed}, share ${trainShare}`);
      if (trainShare === 0.6) assert.equal(two.get('b0'), 'train');
    }
    const inner = developmentSplit(separate(2, seed), { seed });
    assert.equal(new Set(inner.values()).size, 2);
  }
  assert.deepEqual([...new Set(splitQuestions(big).sides.values())], ['train']);
  assert.deepEqual(splitQuestions([]), { sides: new Map(), findings: [] });
  assert.deepEqual([...new Set(splitQuestions(separate(9, 1), { trainShare: 1 }).sides.values())], ['train']);
  assert.deepEqual([...new Set(splitQuestions(separate(9, 1), { trainShare: 0 }).sides.values())], ['test']);
  assert.throws(() => splitQuestions([], { trainShare: 60 }), /share in \[0, 1\], got 60/);
});

test('an explicit question and a free one fill both sides', () => {
  for (const split of ['train', 'test'] as const) {
    for (let seed = 0; seed < 20; seed++) {
      const questions = separate(2, seed);
      const { sides } = splitQuestions([{ ...questions[0]!, split }, questions[1]!], { seed });
      assert.equal(sides.get('q0'), split);
      assert.notEqual(sides.get('q1'), split);
    }
  }
});

test('added questions move nobody: elsewhere, on a known snippet, or in another order', () => {
  for (let seed = 0; seed < 10; seed++) {
    const before = separate(300, seed);
    const { sides } = splitQuestions(before, { seed });
    const unmoved = (more: Question[], what: string) => {
      const now = splitQuestions(more, { seed }).sides;
      for (const [id, side] of sides) assert.equal(now.get(id), side, `${id} moved: ${what}, seed ${seed}`);
      return now;
    };
    unmoved([...before, ...separate(120, 900 + seed, 300)], 'new questions');
    unmoved(before.toReversed(), 'order');
    unmoved(
      before.map((each) => ({ ...each, text: `${each.text} Please help.`, id: each.id })),
      'rewording',
    );
    const paraphrase = question('new', 'Completely other words for the same thing', [['docs/page-7.md#answer']]);
    assert.equal(unmoved([paraphrase, ...before], 'paraphrase').get('new'), sides.get('q7'));
  }
});

test('a component keeps its side in any order, and mostly when it gains a snippet', () => {
  let moved = 0;
  for (let seed = 0; seed < 8; seed++) {
    const pages = separate(200, seed).map((each, i) => ({
      ...each,
      answers: [{ ...each.answers[0]!, snippetIds: [0, 1, 2, 3].map((n) => `kb/${i}.md#${n}`) }],
    }));
    const { sides } = splitQuestions(pages, { seed });
    const turned = pages.map((each) => ({
      ...each,
      answers: [{ ...each.answers[0]!, snippetIds: snippets(each).toReversed() }],
    }));
    assert.deepEqual(new Map([...splitQuestions(turned, { seed }).sides].sort()), new Map([...sides].sort()));
    const grown = pages.map((each, i) => ({
      ...each,
      answers: [{ ...each.answers[0]!, snippetIds: [`kb/${i}.md#new`, ...snippets(each)] }],
    }));
    for (const [id, side] of splitQuestions(grown, { seed }).sides) if (sides.get(id) !== side) moved++;
  }
  // One in five new snippets becomes the anchor, and 48 % of those change the side: about 154 of 1600.
  assert.ok(moved > 80 && moved < 240, `${moved} of 1600`);
});

test('in a set too small to keep its share by hashing, only a few at the border cross over', () => {
  let moved = 0;
  for (let seed = 0; seed < 40; seed++) {
    const before = splitQuestions(separate(20, seed), { seed }).sides;
    const after = splitQuestions([...separate(20, seed), ...separate(1, 500 + seed, 20)], { seed }).sides;
    for (const [id, side] of before) if (after.get(id) !== side) moved++;
  }
  // 800 questions; drawing the sides anew each day would move 48 % of them.
  assert.ok(moved <= 24, `${moved} of 800`);
});

test('the same seed gives the same split, another seed another', () => {
  const questions = separate(100, 1);
  const key = (seed: number) => JSON.stringify([...splitQuestions(questions, { seed }).sides]);
  assert.equal(key(0), key(0));
  assert.notEqual(key(0), key(1));
  assert.deepEqual(developmentSplit(questions, { seed: 4 }), developmentSplit(questions, { seed: 4 }));
});

test('an explicit split takes its whole component along, whatever the seed', () => {
  for (let seed = 0; seed < 10; seed++) {
    const { sides, findings } = splitQuestions(
      [
        question('a', 'How do I book a meeting room?', [['rooms.md#book']], { split: 'test' }),
        question('b', '会议室怎么预订？', [['rooms.md#book'], ['rooms.md#cancel']]),
        question('c', 'Can I cancel a room?', [['rooms.md#cancel']]),
        ...separate(6, seed),
      ],
      { seed },
    );
    assert.deepEqual([sides.get('a'), sides.get('b'), sides.get('c')], ['test', 'test', 'test']);
    assert.deepEqual(findings, []);
  }
});

test('contradicting explicit splits are kept, the rest is trained on, and each place is told', () => {
  const { sides, findings } = splitQuestions([
    question('a', 'How do I book a meeting room?', [['rooms.md#book']], {
      split: 'test',
      file: 'kb/a.questions.yaml',
      range: range(3),
    }),
    question('b', '会议室怎么预订？', [['rooms.md#book']], {
      split: 'train',
      file: 'kb/b.questions.csv',
      range: range(8),
    }),
    question('c', 'Which room has a projector?', [['rooms.md#book', 'rooms.md#equipment']]),
    question('d', 'how do i BOOK a meeting room', [['rooms-old.md']], { split: 'train', range: range(11) }),
    ...separate(4, 1),
  ]);
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((id) => sides.get(id)),
    ['test', 'train', 'train', 'train'],
  );
  assert.deepEqual(
    findings.map((each) => [each.code, each.severity, each.file, each.range.start.line]),
    [
      ['split-leak', 'warning', 'kb/a.questions.yaml', 3],
      ['split-leak', 'warning', 'kb/b.questions.csv', 8],
      ['split-leak', 'warning', 'standard.questions.jsonl', 11],
    ],
  );
  assert.match(
    findings[0]!.message,
    /marked "test" but shares a snippet with "会议室怎么预订？" \(kb\/b\.questions\.csv:9\)/,
  );
  assert.match(
    findings[2]!.message,
    /nearly the same wording, to "How do I book a meeting room\?" \(kb\/a\.questions\.yaml:4\)/,
  );
});

test('ten thousand questions are split in seconds, templates of one wording included', () => {
  const template = Array.from({ length: 5000 }, (_, i) =>
    question(`t${i}`, `What is the list price of product KX-${1000 + i} in the current catalogue?`, [
      [`prices/${i}.md`],
    ]),
  );
  const started = performance.now();
  const { sides } = splitQuestions([...template, ...separate(5000, 3)]);
  const seconds = (performance.now() - started) / 1000;
  assert.equal(sides.size, 10000);
  assert.ok(seconds < 10, `${seconds} s`);
});
