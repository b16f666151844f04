// The map and the pairs as the panel shows them, and the life of such work: started, told, stopped, made old.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobContext } from '../../../src/core/progress.ts';
import type { QuestionState, SnippetPlace } from '../../../src/core/state.ts';
import { panelDuplicates, panelMap } from '../../../src/host/panel/map.ts';
import { Survey } from '../../../src/host/panel/surveys.ts';

const range = { start: { line: 0, column: 0 }, end: { line: 0, column: 1 } };
const places = ['keys.md#lost', 'keys.md#spare', '门禁.md#补卡'].map((id): [string, SnippetPlace] => [
  id,
  { id, file: id.split('#')[0]!, title: id.split('#')[1]!, path: [id], range, headingRange: range },
]);
const snippets = new Map(places);
function question(id: string, expected: string, rank: number, winner?: string): [string, QuestionState] {
  const outcome = {
    answerRanks: [rank],
    expected: [{ id: expected, rank, score: 0.4 }],
    top: [],
    recall: winner === undefined ? 1 : 0,
    beatenBy: winner === undefined ? [] : [{ id: winner, score: 0.6 }],
  };
  return [id, { id, text: `${id}?`, variants: [], tags: [], file: 'keys.yaml', range, answers: [], outcome }];
}
const questions = new Map([
  question('I lost my key', 'keys.md#lost', 1),
  question('My key is gone', 'keys.md#lost', 9, 'keys.md#spare'),
]);
const at = (id: string, x = 0.5, y = 0.5) => ({ id, x, y });

test('a snippet is missed where one question fails it, untested where none expects it; a question has its ranks and ends', () => {
  const answer = {
    questions: [...questions.keys()].map((id) => at(id)),
    snippets: [...snippets.keys()].map((id) => at(id, 0.1, 0.9)),
    total: { questions: 2, snippets: 3 },
  };
  const { points, total } = panelMap(answer, questions, snippets);
  assert.deepEqual(total, answer.total);
  assert.deepEqual(
    points.map(({ kind, id, status, rank, questions: asked, failing }) => [kind, id, status, rank, asked, failing]),
    [
      ['snippet', 'keys.md#lost', 'missed', null, 2, 1],
      ['snippet', 'keys.md#spare', 'untested', null, 0, 0],
      ['snippet', '门禁.md#补卡', 'untested', null, 0, 0],
      ['question', 'I lost my key', 'recalled', 1, 0, 0],
      ['question', 'My key is gone', 'missed', 9, 0, 0],
    ],
  );
  assert.deepEqual(points[4]?.expected, ['keys.md#lost']);
  assert.equal(points[4]?.winner, 'keys.md#spare');
  assert.deepEqual([points[0]?.x, points[0]?.y, points[0]?.text], [0.1, 0.9, 'lost']);
});

test('what is gone, or not measured any more, is left out', () => {
  const answer = {
    questions: [at('gone'), at('new')],
    snippets: [at('gone.md')],
    total: { questions: 2, snippets: 1 },
  };
  const unmeasured = { ...questions.get('I lost my key')!, id: 'new', outcome: undefined };
  assert.deepEqual(panelMap(answer, new Map([['new', unmeasured]]), snippets).points, []);
  const pair = { first: 'keys.md#lost', second: 'keys.md#spare', cosine: 0.9, likeness: 0.7 };
  const shown = panelDuplicates({ pairs: [pair, { ...pair, second: 'gone.md' }], total: 2 }, snippets);
  assert.deepEqual(shown.pairs, [
    {
      first: { id: 'keys.md#lost', title: 'lost', file: 'keys.md' },
      second: { id: 'keys.md#spare', title: 'spare', file: 'keys.md' },
      cosine: 0.9,
      likeness: 0.7,
    },
  ]);
});

/** Work that ends when it is told to, or stopped. */
function work() {
  let end: (value: string) => void = () => undefined;
  let context: JobContext = {};
  const survey = new Survey<string>(
    (job) =>
      new Promise((resolve, reject) => {
        context = job;
        end = resolve;
        job.signal?.addEventListener('abort', () =>
          reject(Object.assign(new Error('stopped'), { name: 'AbortError' })),
        );
      }),
    () => undefined,
  );
  const state = () => survey.state((value) => value);
  return {
    survey,
    state,
    end: (value: string) => end(value),
    tell: (done: number) => context.onProgress?.({ stage: 'map', done, total: 4 }),
  };
}

test('work is told while it goes on, and has its value when it has ended', async () => {
  const { survey, state, end, tell } = work();
  assert.deepEqual(state(), { share: null, value: null, isOld: false });
  const running = survey.start();
  tell(3);
  assert.deepEqual(state(), { share: 0.75, value: null, isOld: false });
  end('map');
  await running;
  assert.deepEqual(state(), { share: null, value: 'map', isOld: false });
});

test('a stop leaves what there was; changes make it old, also those that come while it goes on', async () => {
  const { survey, state, end } = work();
  survey.outdate();
  assert.equal(state().isOld, false, 'there is nothing yet that could be old');
  let running = survey.start();
  end('first');
  await running;
  survey.outdate();
  assert.deepEqual(state(), { share: null, value: 'first', isOld: true });
  running = survey.start();
  assert.deepEqual(state(), { share: 0, value: null, isOld: false });
  survey.stop();
  await running;
  assert.deepEqual(state(), { share: null, value: 'first', isOld: true });
  running = survey.start();
  survey.outdate();
  end('second');
  await running;
  assert.deepEqual(state(), { share: null, value: 'second', isOld: true });
});
