// Held-out wordings: each asks for something that is trained on, none in nearly the words of a training question.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Question } from '../../../src/core/question.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { developmentSplit, splitQuestions } from '../../../src/core/split.ts';

const range = { start: { line: 3, column: 0 }, end: { line: 3, column: 10 } };

function question(id: string, text: string, snippetIds: string[], more: Partial<Question> = {}): Question {
  const answers = snippetIds.map((snippet) => ({ reference: snippet, snippetIds: [snippet], range }));
  return { id, text, variants: [], answers, tags: [], file: 'desk.questions.yaml', range, ...more };
}

const DESK = [
  question('q1', 'How do I reset my password?', ['it/accounts.md#password']),
  question('q2', 'I can no longer sign in, what now?', ['it/accounts.md#password']),
  question('q3', '忘记密码怎么办？', ['it/accounts.md#password']),
  question('q4', '账号被锁了找谁？', ['it/accounts.md#password']),
  question('q5', 'Where do I hand in a travel expense?', ['hr/travel.md#expenses']),
  question('q6', '差旅费怎么报销？', ['hr/travel.md#expenses']),
  question('q7', 'How many days of leave do I have?', ['hr/leave.md#days']),
];

const wordings = (questions: readonly Question[], more = {}) =>
  splitQuestions(questions, { heldOut: 'wordings', ...more });

/** Every held-out question asks for a snippet that a training question asks for. */
function assertTrained(questions: readonly Question[], sides: ReadonlyMap<string, string>): void {
  const trained = new Set(
    questions
      .filter(({ id }) => sides.get(id) === 'train')
      .flatMap(({ answers }) => answers.flatMap(({ snippetIds }) => snippetIds)),
  );
  for (const { id, answers } of questions)
    if (sides.get(id) === 'test')
      assert.ok(
        answers.some(({ snippetIds }) => snippetIds.some((snippet) => trained.has(snippet))),
        `${id} asks for what nobody trained`,
      );
}

test('of questions for one snippet some are held out, the only question for a snippet is trained on', () => {
  for (let seed = 0; seed < 20; seed++) {
    const { sides, findings } = wordings(DESK, { seed });
    const held = (ids: string[]) => ids.filter((id) => sides.get(id) === 'test').length;
    assert.equal(held(['q1', 'q2', 'q3', 'q4']), 2);
    assert.equal(held(['q5', 'q6']), 1);
    assert.equal(sides.get('q7'), 'train');
    assert.deepEqual(findings, []);
    assertTrained(DESK, sides);
  }
  const drawn = new Set(Array.from({ length: 20 }, (_, seed) => [...wordings(DESK, { seed }).sides].join()));
  assert.ok(drawn.size > 5, 'the seed draws');
  assert.deepEqual(wordings([...DESK].reverse()).sides, wordings(DESK).sides, 'the order of questions does not count');
});

test('a chain of shared snippets never leaves a held-out question whose snippet nobody trains', () => {
  const random = seededRandom(11);
  for (let round = 0; round < 200; round++) {
    const questions = Array.from({ length: 2 + random.below(12) }, (_, i) => {
      const first = random.below(6);
      const ids = [`desk.md#s${first}`, ...(random.below(3) === 0 ? [`desk.md#s${(first + 1) % 6}`] : [])];
      const word = () => Array.from({ length: 7 }, () => 'abcdefghijklmnop'[random.below(16)]).join('');
      return question(`q${i}`, `Where is ${word()} of ${word()} ${word()}?`, ids);
    });
    for (const trainShare of [0, 0.3, 0.6, 0.9]) {
      const { sides } = wordings(questions, { trainShare, seed: round });
      assert.equal(sides.size, questions.length);
      assertTrained(questions, sides);
    }
  }
});

test('nearly the same wordings stay together, variants included', () => {
  const questions = [
    question('a', 'How do I order a new laptop dock?', ['it/hardware.md#dock']),
    question('b', 'how do I order a new laptop dock', ['it/hardware.md#dock']),
    question('c', 'The dock is broken.', ['it/hardware.md#dock'], {
      variants: ['How do I order a new  laptop dock?!'],
    }),
    question('d', '扩展坞坏了怎么领新的？', ['it/hardware.md#dock']),
  ];
  for (let seed = 0; seed < 20; seed++) {
    const { sides } = wordings(questions, { seed });
    assert.equal(sides.get('a'), sides.get('b'));
    assert.equal(sides.get('a'), sides.get('c'));
    assert.ok([...sides.values()].includes('test'));
    assertTrained(questions, sides);
  }
});

test('an explicit split decides for its question alone', () => {
  const marked = DESK.map((each) => (each.id === 'q1' ? { ...each, split: 'test' as const } : each));
  for (let seed = 0; seed < 20; seed++) {
    const { sides } = wordings(marked, { seed });
    assert.equal(sides.get('q1'), 'test');
    assertTrained(DESK, sides);
  }
  const alone = DESK.map((each) => (each.id === 'q7' ? { ...each, split: 'test' as const } : each));
  assert.equal(wordings(alone).sides.get('q7'), 'test');
});

test('where no snippet has two questions nothing is held out, and a finding says so', () => {
  const single = DESK.filter(({ id }) => ['q1', 'q5', 'q7'].includes(id));
  const { sides, findings } = wordings(single);
  assert.deepEqual([...sides.values()], ['train', 'train', 'train']);
  assert.deepEqual(
    findings.map(({ code, file, range: { start } }) => [code, file, start.line]),
    [['no-other-wordings', 'desk.questions.yaml', 3]],
  );
  assert.deepEqual(wordings([]).findings, []);
  assert.deepEqual(wordings(DESK, { trainShare: 1 }).findings, [], 'nothing was to be held out');
});

test('development questions are other wordings too, else questions for other answers', () => {
  const train = DESK.filter(({ id }) => id !== 'q4');
  const sides = developmentSplit(train, { heldOut: 'wordings' });
  const asTest = new Map([...sides].map(([id, side]) => [id, side === 'development' ? 'test' : side]));
  assert.ok([...sides.values()].includes('development'));
  assertTrained(train, asTest);
  const single = DESK.filter(({ id }) => ['q1', 'q5', 'q7'].includes(id));
  assert.ok([...developmentSplit(single, { heldOut: 'wordings' }).values()].includes('development'));
});
