// The panel's side of the host: which messages are taken, and how a folder's state becomes rows and charts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Progress } from '../../../src/core/progress.ts';
import type { QuestionState } from '../../../src/core/state.ts';
import { parsePanelMessage } from '../../../src/host/panel/messages.ts';
import { panelRows, panelTraining } from '../../../src/host/panel/view.ts';

test('messages of the panel are taken as they are, without what does not belong', () => {
  const good = [
    { type: 'ready' },
    { type: 'run', command: 'train', epochs: 3 },
    { type: 'run', command: 'train', epochs: 3, minutes: 12.5 },
    { type: 'run', command: 'train', epochs: 3, mode: 'layers' },
    { type: 'run', command: 'learningCurve', epochs: 3, minutes: 1, mode: 'layers' },
    { type: 'run', command: 'stop' },
    { type: 'pause', paused: true },
    { type: 'estimate' },
    { type: 'estimate', mode: 'top' },
    { type: 'history', action: 'promote', run: '20260304T093000000Z-1a' },
    { type: 'blend', run: '20260304T093000000Z-1a', share: 0.3, save: false },
    { type: 'compareRuns', before: '20260304T093000000Z-1a', after: 'file:0' },
    { type: 'openRunFile' },
    { type: 'survey', what: 'map', stop: false },
    { type: 'pair', first: 'a.md#b', second: '门禁.md#补卡' },
    { type: 'select', question: 'q1' },
    { type: 'open', what: 'snippet', id: 'a.md#b' },
    { type: 'fix', command: 'setSplit', question: 'q1' },
    { type: 'folder', key: 'file:///kb' },
  ];
  for (const message of good) assert.deepEqual(parsePanelMessage({ ...message, extra: 1 }), message);
});

test('junk is dropped', () => {
  const junk: unknown[] = [
    undefined,
    null,
    7,
    'ready',
    [],
    {},
    { type: 'run', command: 'clear' },
    { type: 'run', command: 'workbench.action.quit' },
    { type: 'run', command: 'train', epochs: 0 },
    { type: 'run', command: 'train', epochs: 2.5 },
    { type: 'run', command: 'train', epochs: '3' },
    { type: 'run', command: 'index', epochs: 3 },
    { type: 'run', command: 'learningCurve', epochs: 0 },
    { type: 'run', command: ['train'] },
    { type: 'run', command: 'train', minutes: -1 },
    { type: 'run', command: 'train', mode: 'everything' },
    { type: 'estimate', mode: 'everything' },
    { type: 'run', command: 'stop', minutes: 5 },
    { type: 'pause', paused: 'yes' },
    { type: 'history', action: 'publish', run: 'r' },
    { type: 'history', action: 'delete' },
    { type: 'blend', run: 'r', share: 1.2, save: false },
    { type: 'blend', run: 'r', share: 0.5 },
    { type: 'compareRuns', before: 'file:0', after: 'file:0' },
    { type: 'survey', what: 'disk', stop: false },
    { type: 'survey', what: 'map' },
    { type: 'pair', first: 'a.md#b' },
    { type: 'select' },
    { type: 'select', question: '' },
    { type: 'select', question: 'x'.repeat(5000) },
    { type: 'open', what: 'file', id: '/etc/passwd' },
    { type: 'fix', command: 'addAnswer', question: 'q' },
    { type: '__proto__' },
  ];
  for (const raw of junk) assert.equal(parsePanelMessage(raw), undefined, JSON.stringify(raw));
});

test('a question that came into the first k is fixed, one that fell out is broken', () => {
  const range = { start: { line: 4, column: 0 }, end: { line: 4, column: 9 } };
  const question = (id: string): QuestionState => ({
    id,
    text: id,
    variants: [],
    tags: [],
    file: 'a.questions.jsonl',
    range,
    answers: [],
  });
  const questions = new Map(['up', 'down', 'still'].map((id) => [id, question(id)]));
  const moves = new Map([
    ['up', { before: 9, after: 2, at: 0 }],
    ['down', { before: 1, after: 0, at: 0 }],
    ['still', { before: 3, after: 1, at: 0 }],
  ]);
  const rows = panelRows({ questions, moves }, 5);
  assert.deepEqual(
    rows.map(({ id, change, line, rank }) => [id, change, line, rank]),
    [
      ['up', 'fixed', 5, null],
      ['down', 'broken', 5, null],
      ['still', null, 5, null],
    ],
  );
});

test('a long run is thinned, but every end of an epoch stays', () => {
  const steps = Array.from({ length: 3000 }, (_, i): Progress => {
    const done = i + 1;
    const isEnd = done % 300 === 0;
    const detail: Record<string, number> = isEnd
      ? { epoch: done / 300, epochs: 10, loss: 1, development: done === 900 ? 0.9 : 0.5, epochEnd: 1 }
      : { epoch: 1, epochs: 10, loss: 1, learningRate: 1e-4 };
    return { stage: 'train', done, total: 3000, detail };
  });
  const run = panelTraining({ started: 0, steps }, (sentence) => sentence);
  assert.ok(run.points.length <= 620, `${run.points.length} points`);
  assert.equal(run.points.filter(({ development }) => development !== null).length, 10);
  assert.equal(run.bestStep, 900);
  assert.deepEqual([run.step, run.total, run.epoch, run.epochs], [3000, 3000, 10, 10]);
});

test('the time left is that of the steps or of the budget, whichever ends first; a run that ended has none', () => {
  const steps: Progress[] = [
    { stage: 'train', done: 10, total: 50, detail: { epoch: 1, loss: 1, pairs: 480, seconds: 20 } },
  ];
  const of = (more: object) => panelTraining({ started: 0, steps, ...more }, (sentence) => sentence);
  assert.deepEqual([of({}).pairsPerSecond, of({}).secondsLeft], [24, 80]);
  assert.equal(of({ minutes: 1 }).secondsLeft, 40);
  assert.equal(of({ failed: 'The job was cancelled.' }).secondsLeft, null);
  assert.deepEqual([panelTraining({ started: 0, steps: [] }, String).pairsPerSecond], [null]);
});
