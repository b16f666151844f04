// Arguments into options: what is understood, what is refused and in which words.
import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { HELP } from '../../src/cli/help.ts';
import { type CliOptions, parseOptions } from '../../src/cli/options.ts';
import { UserError } from '../../src/core/errors.ts';

function options(...argv: string[]): CliOptions {
  const parsed = parseOptions(argv);
  if (typeof parsed === 'string') throw new Error(`options were expected, got ${parsed}`);
  return parsed;
}

test('a command and a folder get the defaults', (t) => {
  const before = process.env.KB_RECALL_HOME;
  delete process.env.KB_RECALL_HOME;
  t.after(() => {
    if (before !== undefined) process.env.KB_RECALL_HOME = before;
  });
  assert.deepEqual(options('evaluate', 'docs'), {
    command: 'evaluate',
    folder: resolve('docs'),
    model: 'kb-recall-small',
    ks: [1, 3, 5, 10],
    seed: 0,
    epochs: undefined,
    minutes: undefined,
    trainShare: undefined,
    heldOut: undefined,
    retrieval: undefined,
    json: false,
    out: undefined,
    home: join(homedir(), '.kb-recall'),
    threads: undefined,
    allowDownload: false,
    include: undefined,
    exclude: undefined,
    thresholds: [],
  });
});

test('every option is understood, before and after the folder', () => {
  const all =
    '--model e5 --k 10,2 --seed 7 --epochs 3 --minutes 0.5 --train-share 0.5 --held-out wordings --retrieval hybrid --include a.md --include b.md --exclude c --threads 2';
  const more = '--home h --allow-download --json --out o.json --min-mrr 0.5';
  assert.deepEqual(options(...all.split(' '), 'train', 'docs', ...more.split(' ')), {
    command: 'train',
    folder: resolve('docs'),
    model: 'e5',
    ks: [2, 10],
    seed: 7,
    epochs: 3,
    minutes: 0.5,
    trainShare: 0.5,
    heldOut: 'wordings',
    retrieval: 'hybrid',
    json: true,
    out: 'o.json',
    home: resolve('h'),
    threads: 2,
    allowDownload: true,
    include: ['a.md', 'b.md'],
    exclude: ['c'],
    thresholds: [{ metric: 'mrr', least: 0.5 }],
  });
});

test('--option=value is the same as --option value', () => {
  assert.deepEqual(
    options('index', 'docs', '--k=3', '--seed=4', '--home=h'),
    options('index', 'docs', '--k', '3', '--seed', '4', '--home', 'h'),
  );
});

test('KB_RECALL_HOME moves the home; --home wins', (t) => {
  const before = process.env.KB_RECALL_HOME;
  process.env.KB_RECALL_HOME = '/somewhere';
  t.after(() => {
    if (before === undefined) delete process.env.KB_RECALL_HOME;
    else process.env.KB_RECALL_HOME = before;
  });
  assert.equal(options('index', 'docs').home, resolve('/somewhere'));
  assert.equal(options('index', 'docs', '--home', '/other').home, resolve('/other'));
});

test('models needs no folder', () => {
  assert.equal(options('models').folder, undefined);
});

test('cut-offs are sorted and each counts once', () => {
  assert.deepEqual(options('evaluate', 'd', '--k', ' 5, 1,5').ks, [1, 5]);
});

test('thresholds in both forms, any k; their k is measured too', () => {
  const { thresholds, ks } = options(
    ...['evaluate', 'd', '--k', '1', '--min-recall@5', '0.9', '--min-hit@7=1', '--min-mrr', '0', '--min-ndcg@10=.25'],
  );
  assert.deepEqual(thresholds, [
    { metric: 'recall@5', least: 0.9 },
    { metric: 'hit@7', least: 1 },
    { metric: 'mrr', least: 0 },
    { metric: 'ndcg@10', least: 0.25 },
  ]);
  assert.deepEqual(ks, [1, 5, 7]);
});

test('help and version are answered whatever else stands there', () => {
  assert.equal(parseOptions(['--help']), 'help');
  assert.equal(parseOptions(['train', '-h']), 'help');
  assert.equal(parseOptions(['--version', 'nonsense']), 'version');
});

test('the help names every command and every option that is understood', () => {
  const names =
    'index evaluate train models --model --k --seed --epochs --train-share --held-out --min-recall@5 --include --exclude';
  for (const name of [...names.split(' '), '--threads', '--home', '--allow-download', '--json', '--out', '--help'])
    assert.match(HELP, new RegExp(`(^|\\s)${name}\\b`, 'm'), name);
});

const REFUSED: [argv: string, code: string, message: RegExp][] = [
  ['', 'usage', /^No command was given\.$/],
  ['evaluat docs', 'usage', /no command "evaluat"; expected index, evaluate, train, models/],
  ['index', 'usage', /^index needs a folder\.$/],
  ['evaluate', 'usage', /^evaluate needs a folder\.$/],
  ['train', 'usage', /^train needs a folder\.$/],
  ['index a b', 'usage', /"b" is one argument too many/],
  ['index docs --modle x', 'usage', /--modle/],
  ['index docs -x', 'usage', /-x/],
  ['index docs --model', 'usage', /--model/],
  ['index docs --json=yes', 'usage', /--json/],
  ['evaluate docs --k 0', 'bad-option', /^--k is "0"; expected a whole number from 1\.$/],
  ['evaluate docs --k 1,,5', 'bad-option', /^--k is ""; expected a whole number/],
  ['evaluate docs --k five', 'bad-option', /^--k is "five"; expected a whole number/],
  ['evaluate docs --k=', 'bad-option', /^--k is ""/],
  ['evaluate docs --seed=-1', 'bad-option', /^--seed is "-1"; expected a whole number from 0\.$/],
  ['evaluate docs --seed 1.5', 'bad-option', /^--seed is "1\.5"/],
  ['evaluate docs --seed 1e12', 'bad-option', /^--seed is "1e12"/],
  ['train docs --epochs 0', 'bad-option', /^--epochs is "0"; expected a whole number from 1\.$/],
  ['train docs --epochs many', 'bad-option', /^--epochs is "many"/],
  ['index docs --threads 0', 'bad-option', /^--threads is "0"/],
  ['train docs --train-share 1.1', 'bad-option', /^--train-share is "1\.1"; expected a number from 0 to 1\.$/],
  ['train docs --held-out questions', 'bad-option', /^--held-out is "questions"/],
  ['train docs --train-share half', 'bad-option', /^--train-share is "half"/],
  ['evaluate docs --min-recall@5', 'bad-option', /^--min-recall@5 is ""; expected a number from 0 to 1\.$/],
  ['evaluate docs --min-recall@5 90', 'bad-option', /^--min-recall@5 is "90"/],
  ['evaluate docs --min-mrr=', 'bad-option', /^--min-mrr/],
  ['evaluate docs --min-mrr high', 'bad-option', /^--min-mrr is "high"/],
  ['evaluate docs --min-precision@5 0.5', 'usage', /--min-precision@5/],
  ['evaluate docs --min-mrr@5 0.5', 'usage', /--min-mrr@5/],
  ['evaluate docs --min-recall 0.5', 'usage', /--min-recall/],
  ['train docs --top-layers 2', 'usage', /^--top-layers needs --mode top\.$/],
  ['train docs --mode top --top-layers 0', 'bad-option', /^--top-layers is "0"; expected a whole number from 1\.$/],
  ['evaluate docs --fresh', 'usage', /^--fresh belongs to train, not evaluate\.$/],
];

for (const [argv, code, message] of REFUSED) {
  test(`refused: kb-recall ${argv}`, () => {
    assert.throws(
      () => parseOptions(argv === '' ? [] : argv.split(' ')),
      (error) => {
        assert.ok(error instanceof UserError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.match(error.action, /kb-recall --help/);
        return true;
      },
    );
  });
}
