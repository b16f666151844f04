// Training through the command line on a few pages of the example help desk. Whether the model gets better depends on the
// embedded model, so the tests take either end and check what belongs to it.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertEvaluation, assertReport, type EvaluationObject, type ReportObject } from './shape.ts';
import { ROOT, run, temporaryFolder } from './support.ts';

interface TrainingObject extends EvaluationObject {
  before: ReportObject;
  after: ReportObject | null;
  promoted: boolean;
  verdict: string;
  steps: number;
  seconds: number;
  modelPath: string | null;
  bestEpoch: number;
  history: { epoch: number; loss: number; development: number }[];
  trainQuestions: number;
  developmentQuestions: number;
}

const SUPPORT = join(ROOT, 'examples/helpdesk/en/support');
const PAGES = ['orders-and-refunds.md', 'care-plan.md'];
const isOnPages = (answer: string): boolean => PAGES.some((page) => answer.startsWith(`${page}#`));

const home = temporaryFolder({ after });
const base = join(temporaryFolder({ after }), 'support');

test('training is refused where vectors count for nothing, before anything is done', async () => {
  const unused = temporaryFolder({ after });
  const { code, out, err } = await run(['train', base, '--home', unused, '--retrieval', 'words']);
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /ranked by words alone/);
  assert.match(err, /vectors or hybrid/);
  assert.deepEqual(readdirSync(unused), []);
});

/** What seed 0 gave. */
let first: TrainingObject | undefined;

before(() => {
  mkdirSync(base);
  for (const page of PAGES) copyFileSync(join(SUPPORT, page), join(base, page));
  const lines = readFileSync(join(SUPPORT, 'standard.questions.jsonl'), 'utf8').split('\n');
  const asked = lines.filter((line) => line !== '' && JSON.parse(line).answers.every(isOnPages));
  writeFileSync(join(base, 'standard.questions.jsonl'), `${asked.join('\n')}\n`);
});

const train = (at: string, seed: number) =>
  run(['train', base, '--home', at, '--epochs', '1', '--seed', String(seed), '--json', '--min-mrr', '0']);

test('train --json: both evaluations, what was done, and a tuned model that loads again', {
  timeout: 300_000,
}, async () => {
  // The first seed whose model is promoted, or the last one tried.
  let result: TrainingObject | undefined;
  for (let seed = 0; seed < 2 && !result?.promoted; seed++) {
    const { code, out, err } = await train(home, seed);
    assert.deepEqual([code, err], [0, '']);
    result = JSON.parse(out) as TrainingObject;
    assertTraining(result);
    first ??= result;
  }
  if (!result?.promoted) return;
  const path = result.modelPath!;
  for (const file of ['config.json', 'tokenizer.json', 'model.safetensors', 'onnx/model.onnx', '1_Pooling/config.json'])
    assert.ok(existsSync(join(path, file)), file);

  const id = path.split(/[\\/]/).at(-1)!;
  const { models } = JSON.parse((await run(['models', '--home', home, '--json'])).out);
  const listed = models.find((model: { path: string }) => model.path === path);
  assert.deepEqual([listed?.id, listed?.baseModel], [id, 'kb-recall-small']);

  // The index of the tuned model was kept under its name; the folder's path gives the same model.
  const index = JSON.parse((await run(['index', base, '--home', home, '--model', id, '--json'])).out);
  assert.deepEqual([index.model, index.embedded], [id, 0]);
  const seed = String(readSeed(path));
  for (const model of [id, path]) {
    const { code, out, err } = await run([
      'evaluate',
      base,
      '--home',
      home,
      '--model',
      model,
      '--seed',
      seed,
      '--json',
    ]);
    assert.equal(code, 0, err);
    assert.deepEqual(JSON.parse(out).metrics, result.after!.metrics);
  }
});

/** The seed of the run that made the model, from its manifest. */
function readSeed(path: string): number {
  return JSON.parse(readFileSync(join(path, 'kb_recall.json'), 'utf8')).training.seed;
}

function assertTraining(result: TrainingObject): void {
  assertEvaluation(result);
  assertReport(result.before);
  if (result.after) assertReport(result.after);
  const { promoted, modelPath, steps, seconds, bestEpoch, history, verdict } = result;
  assert.ok(Number.isInteger(steps) && steps > 0 && seconds > 0);
  assert.equal(history.length, 1);
  assert.ok(Number.isFinite(history[0]!.loss) && Number.isFinite(history[0]!.development));
  assert.ok(result.trainQuestions > 0 && result.developmentQuestions > 0);
  assert.equal(result.before.questions + result.trainQuestions + result.developmentQuestions, readQuestions());
  assert.match(verdict, promoted ? /^Promoted: / : /^Not promoted: /);
  assert.equal(typeof modelPath === 'string', promoted);
  assert.equal(result.after === null, bestEpoch === 0);
  assert.deepEqual(result.metrics, (promoted ? result.after! : result.before).metrics);
  const saved = readdirSync(join(home, 'models')).filter((name) => !name.startsWith('.'));
  assert.deepEqual(saved, promoted ? [modelPath!.split(/[\\/]/).at(-1)] : []);
}

function readQuestions(): number {
  return readFileSync(join(base, 'standard.questions.jsonl'), 'utf8').trim().split('\n').length;
}

test('the same seed gives the same model and figures', { timeout: 300_000 }, async (t) => {
  const { code, out, err } = await train(temporaryFolder(t), 0);
  assert.equal(code, 0, err);
  assert.ok(first, 'the first test has trained with seed 0');
  assert.deepEqual(comparable(JSON.parse(out)), comparable(first));
});

/** Without times and places. */
function comparable(result: TrainingObject): unknown {
  const history = result.history.map(({ epoch, loss, development }) => ({ epoch, loss, development }));
  return { ...result, history, seconds: 0, modelPath: result.modelPath?.split(/[\\/]/).at(-1) };
}

test('training text: before, after and the verdict', { timeout: 300_000 }, async () => {
  const { code, out } = await run(['train', base, '--home', home, '--epochs', '1']);
  assert.equal(code, 0);
  assert.match(
    out,
    /^Trained on \d+ questions, checkpoints chosen on \d+ more: \d+ steps, best epoch (none|1), \d+ s/m,
  );
  assert.match(out, /^Measured on \d+ held-out questions, which training never saw; mean and 95 % interval$/m);
  assert.match(out, /^ {2}recall@5 +\d+\.\d % {2}\[\d+\.\d, \d+\.\d\]/m);
  assert.match(out, /^(Promoted|Not promoted): /m);
});

test('too few questions to learn from is an error in words', async (t) => {
  const few = join(temporaryFolder(t), 'few');
  mkdirSync(few);
  writeFileSync(join(few, 'page.md'), '# One\n\nFirst text.\n\n# Two\n\nSecond text.\n');
  writeFileSync(join(few, 'a.questions.jsonl'), '{"question": "Which is the first?", "answers": ["page.md#one"]}\n');
  const { code, out, err } = await run(['train', few, '--home', home, '--json']);
  assert.deepEqual([code, out], [1, '']);
  assert.match(
    err,
    /^Error: Fine-tuning needs at least \d+ training questions .*\nAdd standard questions with answers/,
  );
});
