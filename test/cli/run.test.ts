// The commands on a small knowledge base with the real engine and the embedded model: output, objects, exit codes.
// Nothing here depends on how good the embedded model is.
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { tinyModel } from '../faults/support.ts';
import { assertGolden } from '../golden.ts';
import { assertEvaluation } from './shape.ts';
import { engineHere, run, SMALL, temporaryFolder } from './support.ts';

/** Shared, so that the embedded model is unpacked once. */
const home = temporaryFolder({ after });
/** Where it does not matter which model ranks: one that opens and embeds in a fiftieth of the time. */
const lean = ['--model', join(home, 'lean-model'), '--threads', '1'];
before(() => tinyModel(join(home, 'lean-model')));

/** A copy of the fixture that a test may change, below a folder of its own. */
function copyOfSmall(t: { after(work: () => void): void }): string {
  const folder = join(temporaryFolder(t), 'small');
  cpSync(SMALL, folder, { recursive: true });
  return folder;
}

async function object(...args: string[]) {
  const { code, out, err } = await run([...args, '--home', home, '--json']);
  assert.equal(code, 0, err);
  assert.equal(err, '');
  return JSON.parse(out);
}

test('index embeds what is new and only what changed', async (t) => {
  const folder = copyOfSmall(t);
  const index = () => object('index', folder);
  const first = await index();
  assert.equal(first.model, 'kb-recall-small');
  assert.deepEqual([first.snippets, first.windows, first.embedded, first.removed], [16, 16, 16, 0]);

  const second = await index();
  assert.deepEqual([second.snippets, second.windows, second.embedded, second.removed], [16, 16, 0, 0]);

  const leave = join(folder, 'hr/leave.md');
  writeFileSync(leave, readFileSync(leave, 'utf8').replace('has 28 days', 'has 29 days'));
  const edited = await index();
  assert.deepEqual([edited.snippets, edited.windows, edited.embedded, edited.removed], [16, 16, 1, 0]);

  rmSync(join(folder, 'support/stoves.md'));
  const fewer = await index();
  assert.deepEqual([fewer.snippets, fewer.windows, fewer.embedded, fewer.removed], [14, 14, 0, 2]);

  appendFileSync(leave, '\n## Parental leave\n\nTell the office ten weeks ahead.\n');
  const more = await index();
  assert.deepEqual([more.snippets, more.embedded, more.removed], [15, 1, 0]);
});

test('index as text', async () => {
  const { code, out, err } = await run(['index', SMALL, '--home', home]);
  assert.equal(code, 0);
  assert.equal(err, '');
  assert.match(out, /^16 snippets in 16 windows, model kb-recall-small: \d+ embedded, \d+ unchanged, 0 removed\.$/m);
});

test('evaluate --held-out wordings measures other questions for trained answers, and says so', async (t) => {
  const folder = copyOfSmall(t);
  const report = await object('evaluate', folder, '--held-out', 'wordings', ...lean);
  assert.equal(report.heldOut, 'wordings');
  assert.equal(report.questions, 2);
  assert.equal(report.measuredOn, '2 held-out questions, other wordings of trained answers');
  assert.equal(report.slices.train.questions, 8);
  const page = join(folder, 'report.md');
  const { code, out } = await run([
    'evaluate',
    folder,
    '--held-out',
    'wordings',
    '--home',
    home,
    '--markdown',
    page,
    '--lang',
    'zh-cn',
    ...lean,
  ]);
  assert.equal(code, 0);
  assert.match(out, /Measured on 2 held-out questions, other wordings of trained answers; mean/);
  assert.match(readFileSync(page, 'utf8'), /2 个留出问题（已训练答案的其他问法）/);
});

test('evaluate --json prints one object of the promised shape and nothing else', async () => {
  const { code, out, err } = await run(['evaluate', SMALL, '--home', home, '--json']);
  assert.equal(code, 0, err);
  assert.equal(err, '');
  const report = JSON.parse(out);
  assertEvaluation(report);
  assert.deepEqual(
    Object.keys(report),
    'model retrieval heldOut snippets questions split measuredOn metrics failures unmeasured causes slices power findings'.split(
      ' ',
    ),
  );
  assert.deepEqual([report.model, report.snippets, report.questions, report.split], ['kb-recall-small', 16, 6, 'test']);
  assert.equal(report.measuredOn, '6 held-out questions');
  assert.equal(report.slices.train.questions, 4);
  assert.equal(report.slices.all.questions, 10);
  assert.equal(report.findings.length, 2);
});

test('evaluate: --k, --seed, --train-share, --include and --exclude reach the engine', async () => {
  const report = await object('evaluate', SMALL, ...lean, '--k', '2,7');
  assertEvaluation(report, [2, 7]);
  const trained = await object('evaluate', SMALL, ...lean, '--train-share', '1');
  assert.ok(trained.slices.train.questions > 4, 'all questions without a side of their own are trained on');
  const part = await object('evaluate', SMALL, ...lean, '--include', 'hr/*.md', '--exclude', 'legal/**');
  assert.equal(part.snippets, 3);
  assert.deepEqual(
    await object('evaluate', SMALL, ...lean, '--seed', '3'),
    await object('evaluate', SMALL, ...lean, '--seed', '3'),
  );
});

test('evaluate --retrieval ranks by words and says so', async () => {
  const [vectors, words] = [
    await object('evaluate', SMALL, ...lean),
    await object('evaluate', SMALL, ...lean, '--retrieval', 'words'),
  ];
  assert.deepEqual([vectors.retrieval, words.retrieval], ['vectors', 'words']);
  assert.notDeepEqual(words.failures, vectors.failures);
  const { out } = await run(['evaluate', SMALL, '--home', home, ...lean, '--retrieval', 'hybrid']);
  assert.match(out, /held-out questions, ranked by vectors and words; mean/);
  const wrong = await run(['evaluate', SMALL, '--home', home, ...lean, '--retrieval', 'magic']);
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /vectors, words, hybrid/);
});

test('evaluate as text (golden, figures and what depends on them left out)', async () => {
  await run(['index', SMALL, '--home', home]);
  const { code, out } = await run(['evaluate', SMALL, '--home', home, '--min-recall@5', '0']);
  assert.equal(code, 0);
  assertGolden('cli-evaluate-small', normalised(out));
});

/** Percentages become N; of the list of failures, which depends on the model, the first one stays with its ranks gone. */
function normalised(text: string): string {
  return text
    .replace(/ *\d+\.\d %/g, ' N %')
    .replace(/\[\d+\.\d, \d+\.\d\]/g, '[N, N]')
    .replace(/(in the first 5) \(\d+\)[\s\S]*?(?=\n\nFindings)/, '$1 (N)\n  ...');
}

test('each failure in text is a place, the question, the ranks and what came first', async () => {
  // Only one snippet can be first, so a question with several answers always misses some of them at k = 1.
  const { out } = await run(['evaluate', SMALL, '--home', home, '--k', '1']);
  const [, list] = out.split('in the first 1 ');
  const entry =
    /^ {2}legal\/legal\.questions\.csv:2 {2}Do you sell my data, or "share" it\?\n {6}.+ is number \d+, .+ is number \d+/m;
  assert.match(list ?? '', entry);
});

test('each failure has its cause with evidence and mend, a question without answer as well, and the causes are counted', async (t) => {
  const folder = copyOfSmall(t);
  mkdirSync(join(folder, 'archive'));
  writeFileSync(join(folder, 'archive/fax.md'), '# Fax\n\nThe fax number is 0800.\n');
  writeFileSync(
    join(folder, 'fax.questions.jsonl'),
    '{"question": "Do you have a fax?", "answers": ["archive/fax.md#fax"], "split": "test"}\n',
  );
  const args = ['evaluate', folder, '--home', home, '--k', '1', '--exclude', 'archive/**'];
  const { out } = await run(args);
  const sentence = /The file of "archive\/fax\.md#fax" exists, but the settings exclude it from the knowledge base\./;
  assert.match(out, /\nMain causes\n( +\d+ {2}[A-Z][a-z ]+\n)+/);
  assert.match(
    out,
    /Questions left out \(1\)\n {2}fax\.questions\.jsonl:1 {2}Do you have a fax\?\n {6}Not in the index\. /,
  );
  assert.match(out, sentence);
  const report = JSON.parse((await run([...args, '--json'])).out);
  assert.ok(report.failures.length > 0);
  for (const { causes } of [...report.failures, ...report.unmeasured])
    for (const cause of causes) {
      assert.deepEqual(Object.keys(cause), ['name', 'title', 'evidence', 'mend']);
      for (const text of Object.values<string>(cause)) assert.doesNotMatch(text, /^$|\{\d\}/);
    }
  assert.match(report.unmeasured[0].causes[0].evidence, sentence);
  const counted = report.causes.reduce((sum: number, { questions }: { questions: number }) => sum + questions, 0);
  assert.equal(counted, report.failures.length + report.unmeasured.length);
});

test('a reached threshold is exit code 0, a missed one 2 with a sentence on standard error', async (t) => {
  const reached = await run(['evaluate', SMALL, '--home', home, ...lean, '--min-recall@10', '0', '--min-mrr=0']);
  assert.deepEqual([reached.code, reached.err], [0, '']);

  // No question of this base can reach 1 at k = 1: one has two answers.
  const missed = await run(['evaluate', SMALL, '--home', home, ...lean, '--json', '--min-recall@1', '1']);
  assert.equal(missed.code, 2);
  assert.match(missed.err, /^Missed: recall@1 is 0\.\d{3} on 6 held-out questions, asked for 1\.\n$/);
  assertEvaluation(JSON.parse(missed.out));

  const out = join(temporaryFolder(t), 'report.json');
  const written = await run(['evaluate', SMALL, '--home', home, ...lean, '--min-recall@1=1', '--out', out]);
  assert.equal(written.code, 2);
  assertEvaluation(JSON.parse(readFileSync(out, 'utf8')));
});

test('a threshold on a figure that is not measured is an error', async () => {
  const { code, err } = await run(['evaluate', SMALL, '--home', home, ...lean, '--min-ndcg@3', '0.5']);
  assert.equal(code, 1);
  assert.match(err, /^Error: --min-ndcg@3 is "0\.5"; expected one of recall@1, .*ndcg@10\.\n/);
});

test('--out writes the object, with text or with the object on standard output', async (t) => {
  const out = join(temporaryFolder(t), 'report.json');
  const text = await run(['evaluate', SMALL, '--home', home, ...lean, '--out', out]);
  assert.match(text.out, /^Measured on 6 held-out questions/m);
  assertEvaluation(JSON.parse(readFileSync(out, 'utf8')));
  const json = await run(['evaluate', SMALL, '--home', home, ...lean, '--out', out, '--json']);
  assert.equal(json.out, readFileSync(out, 'utf8'));
});

test('--out into a folder that is not there is an error in words', async (t) => {
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, '');
  const { code, err, out } = await run([
    'evaluate',
    SMALL,
    '--home',
    home,
    ...lean,
    '--out',
    join(file, 'report.json'),
  ]);
  assert.equal(code, 1);
  assert.equal(out, '');
  assert.match(err, /^Error: Writing .*report\.json failed: .*\nCheck that /);
});

test('what is missing is exit code 1: a sentence and the next step, nothing on standard output', async (t) => {
  const folder = temporaryFolder(t);
  const unanswered = join(folder, 'unanswered');
  mkdirSync(unanswered);
  writeFileSync(join(unanswered, 'page.md'), '# Page\n\nText.\n');
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  const half = join(folder, 'half-model');
  mkdirSync(half);
  writeFileSync(join(half, 'config.json'), '{"model_type": "bert"}');
  const cases: [args: string[], error: RegExp][] = [
    [
      ['evaluate', join(folder, 'none')],
      /^Error: There is no folder .*none\.\nGive the folder that holds the Markdown/,
    ],
    [['index', join(unanswered, 'page.md')], /^Error: .*page\.md is a file; a folder is expected\.\nGive the folder/],
    [['index', empty], /^Error: No Markdown snippet was found in .*empty\.\nGive the folder/],
    [['evaluate', unanswered], /^Error: No standard question .* was found in .*\nAdd a \*\.questions\.jsonl/],
    [['train', unanswered], /^Error: No standard question .* was found in .*\nAdd a \*\.questions\.jsonl/],
    [
      ['evaluate', SMALL, '--model', 'nobody/nothing'],
      /^Error: There is no model nobody\/nothing on this machine .*\nPut /,
    ],
    [
      ['evaluate', SMALL, '--model', join(folder, 'no-model')],
      /^Error: The model folder .* lacks config\.json\.\nPut /,
    ],
    [['evaluate', SMALL, '--model', '../a b'], /^Error: .*\n.+/],
    [['evaluate', SMALL, '--model', half], /^Error: .*half-model.*\n.+/],
    [['evaluate', SMALL, '--sed', '1'], /^Error: Unknown option '--sed'.*\nRun kb-recall --help/],
  ];
  for (const [args, error] of cases) {
    const { code, out, err } = await run([...args, '--home', home, '--json']);
    assert.equal(code, 1, args.join(' '));
    assert.equal(out, '', args.join(' '));
    assert.match(err, error);
    assert.equal(err.trimEnd().split('\n').length, 2, err);
  }
});

test('a fault of the program is told as one, with exit code 1', async () => {
  const broken = { ...engineHere(), evaluate: () => Promise.reject(new TypeError('x is not a function')) };
  const { code, out, err } = await run(['evaluate', SMALL, '--home', home], broken);
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /^This is a fault in kb-recall, please report it: TypeError: x is not a function/);
});

test('help and version', async () => {
  assert.match((await run(['--help'])).out, /^Usage: kb-recall COMMAND FOLDER/);
  assert.match((await run(['--version'])).out, /^kb-recall \d+\.\d+\.\d+\n$/);
});

test('models lists the embedded model and says where it lies', async (t) => {
  const empty = temporaryFolder(t);
  const { models } = JSON.parse((await run(['models', '--home', empty, '--json'])).out);
  assert.deepEqual(
    models.map((model: { id: string }) => model.id),
    ['kb-recall-small'],
  );
  assert.ok(existsSync(join(models[0].path, 'config.json')));
  const text = await run(['models', '--home', empty]);
  assert.equal(text.out, `kb-recall-small\n  ${models[0].path}\n`);
});
