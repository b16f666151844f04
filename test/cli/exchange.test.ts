// import and export-questions over real files: every format there and back, Excel and parquet, nothing overwritten.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readWorkspace } from '../../src/cli/files.ts';
import { buildCorpus, type Corpus } from '../../src/core/corpus.ts';
import { FORMAT_NAMES } from '../../src/core/exchange/index.ts';
import { answerSnippets } from '../../src/core/question.ts';
import { ROOT, run, SMALL, temporaryFolder } from './support.ts';

async function corpusOf(folder: string): Promise<Corpus> {
  const { documents, findings } = await readWorkspace(folder);
  return buildCorpus(documents, findings);
}

const wanted = ({ questions }: Corpus) =>
  Object.fromEntries(
    questions.map(({ text, answers }) => [text.replaceAll('\n', ' '), answerSnippets(answers).flat().sort()]),
  );

const TARGET: Record<string, string> = {
  llamaindex: 'set.json',
  flagembedding: 'set.jsonl',
  uniem: 'set.jsonl',
  table: 'set.xlsx',
  list: 'set.questions.md',
};

test('every format goes out of a knowledge base and finds its snippets when it comes in again', async (t) => {
  const kb = await corpusOf(SMALL);
  for (const format of FORMAT_NAMES) {
    const folder = temporaryFolder(t);
    const target = join(folder, TARGET[format] ?? 'set');
    const out = await run(['export-questions', SMALL, '--as', format, '--to', target, '--json']);
    assert.equal(out.code, 0, out.err);
    const { files } = JSON.parse(out.out);
    for (const file of files) assert.ok(existsSync(file), file);
    const questions = join(folder, 'back.questions.jsonl');
    const back = await run(['import', target, '--from', format, '--to', questions, '--kb', SMALL, '--json']);
    assert.equal(back.code, 0, back.err);
    const { written, warnings } = JSON.parse(back.out);
    assert.deepEqual([written, warnings], [0, []], format);
    const { documents } = await readWorkspace(SMALL);
    const markdown = documents
      .filter(({ file }) => file.endsWith('.md'))
      .map((each) => ({ ...each, text: each.text.replace(/^questions:[\s\S]*?(?=^(?:---|\w))/m, '') }));
    const again = buildCorpus([...markdown, { file: 'back.questions.jsonl', text: readFileSync(questions, 'utf8') }]);
    const exported = Object.fromEntries(Object.entries(wanted(kb)).filter(([, ids]) => ids.length > 0));
    assert.deepEqual(wanted(again), exported, format);
  }
});

test('an Excel table of a hit test becomes a knowledge base of its own, which says which cells are wrong', async (t) => {
  const folder = temporaryFolder(t);
  const { linesToExcel } = await import('../../src/cli/spreadsheet.ts');
  const rows = [
    ['问题', '答案', '备注'],
    ['怎么退款？', '在订单页点“退款”。\n两天内到账。', '007'],
    ['', '', ''],
    ['怎么换货？', '# 先联系客服\u0001', ''],
    ['', '没有问题的答案', ''],
  ];
  const table = join(folder, 'hits.xlsx');
  writeFileSync(table, await linesToExcel(rows.map((row) => JSON.stringify(row)).join('\n')));
  const { code, out, err } = await run([
    'import',
    table,
    '--from',
    'table',
    '--to',
    join(folder, 'kb', 'hits.questions.jsonl'),
  ]);
  assert.equal(code, 0, err);
  assert.match(out, /2 questions and 2 passages/);
  assert.match(out, /hits\.xlsx:5 {2}error: The question is expected to be a text; an empty cell came\./);
  assert.match(out, /hits\.xlsx:1 {2}information: The column "备注" is not known/);
  const corpus = await corpusOf(join(folder, 'kb'));
  assert.deepEqual(corpus.findings, []);
  assert.deepEqual(
    corpus.questions.map(({ answers }) => answers[0]?.snippetIds.length),
    [1, 1],
  );
  assert.equal(readdirSync(join(folder, 'kb', 'hits-snippets')).length, 2);
});

test('AutoRAG as parquet, written by pandas: alternatives, wanted answers and texts', async (t) => {
  const folder = temporaryFolder(t);
  const set = join(ROOT, 'test/fixtures/exchange/autorag');
  const { code, err } = await run(['import', set, '--from', 'autorag', '--to', join(folder, 'plants.questions.jsonl')]);
  assert.equal(code, 0, err);
  const corpus = await corpusOf(folder);
  assert.deepEqual(corpus.findings, []);
  assert.deepEqual(
    corpus.questions.map(({ id, answers }) => [id, answerSnippets(answers)]),
    [
      ['q1', [['lobby-1']]],
      ['q2', [['dogs-1', 'dogs-2'], ['lobby-1']]],
      ['问3', [['周末']]],
    ],
  );
  assert.equal(corpus.snippets.find(({ id }) => id === '周末')?.body, '周末凭工卡进入，请登记。');
});

test('an evaluation goes out as a TREC run and comes in as a run file that diff finds equal', async (t) => {
  const folder = temporaryFolder(t);
  const [trec, ours, theirs] = ['run.trec', 'ours.json', 'theirs.json'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const file of [trec, ours]) {
    const { code, err } = await run(['evaluate', SMALL, '--home', join(folder, 'home'), '--save-run', file]);
    assert.equal(code, 0, err);
  }
  assert.match(readFileSync(trec, 'utf8').split('\n')[0]!, /^\S+ Q0 \S+ 1 \S+ kb-recall-small$/);
  const back = await run(['import', trec, '--from', 'trec-run', '--kb', SMALL, '--to', theirs]);
  assert.equal(back.code, 0, back.err);
  const { changes, warnings } = JSON.parse((await run(['diff', ours, theirs, '--json'])).out);
  assert.equal(changes.length, 6);
  for (const { kind } of changes) assert.ok(kind === 'unchanged' || kind === 'still failing', kind);
  assert.deepEqual(warnings.length, 2);
  const without = await run(['import', trec, '--from', 'trec-run', '--to', join(folder, 'x.json')]);
  assert.match(without.err, /A TREC run needs --kb FOLDER/);
  const wordings = join(folder, 'wordings.json');
  await run(['import', trec, '--from', 'trec-run', '--kb', SMALL, '--held-out', 'wordings', '--to', wordings]);
  assert.match((await run(['diff', ours, wordings])).out, /What is held out differs: answers then, wordings now/);
});

test('nothing is overwritten, and what cannot be read is said with what to do', async (t) => {
  const folder = temporaryFolder(t);
  const to = join(folder, 'a.questions.jsonl');
  writeFileSync(to, 'mine');
  const pairs = join(folder, 'pairs.jsonl');
  writeFileSync(pairs, '{"text": "Wo?", "text_pos": "Hier."}\n');
  const refused = await run(['import', pairs, '--from', 'uniem', '--to', to]);
  assert.deepEqual([refused.code, readFileSync(to, 'utf8')], [1, 'mine']);
  assert.match(refused.err, /a\.questions\.jsonl exists already, and nothing is overwritten/);
  mkdirSync(join(folder, 'b-snippets'));
  const other = join(folder, 'b.questions.jsonl');
  assert.match((await run(['import', pairs, '--from', 'uniem', '--to', other])).err, /b-snippets exists already/);
  mkdirSync(join(folder, 'empty'));
  writeFileSync(join(folder, 'broken.xlsx'), 'no workbook');
  writeFileSync(join(folder, 'broken.parquet'), 'no parquet at all');
  const target = ['--to', join(folder, 'c.questions.jsonl')];
  const cases: [string[], RegExp][] = [
    [[join(folder, 'nowhere'), '--from', 'beir'], /nowhere cannot be read/],
    [[join(folder, 'empty'), '--from', 'beir'], /corpus\.jsonl, queries\.jsonl and qrels/],
    [[join(folder, 'empty'), '--from', 'uniem'], /a single file was expected/],
    [[join(folder, 'broken.xlsx'), '--from', 'table'], /broken\.xlsx cannot be read/],
    [[join(folder, 'broken.parquet'), '--from', 'autorag'], /broken\.parquet cannot be read/],
    [[pairs, '--from', 'flagembedding'], /No question was found.*\n.*pairs\.jsonl:1 "query" is expected/],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await run(['import', ...args, ...target]);
    assert.equal(code, 1, err);
    assert.match(err, message);
    assert.doesNotMatch(err, /fault in kb-recall/);
  }
  assert.ok(!existsSync(join(folder, 'c.questions.jsonl')));
});

test('options of the exchange are checked', async () => {
  const cases: [string[], RegExp][] = [
    [['import', 'x'], /import needs --from FORMAT \(beir, /],
    [['import', 'x', '--from', 'xml', '--to', 'a.questions.jsonl'], /--from is "xml"; expected beir/],
    [['import', 'x', '--from', 'beir'], /import needs --to PATH/],
    [['import', 'x', '--from', 'beir', '--to', 'a.jsonl'], /ends with \.questions\.jsonl/],
    [['import'], /import needs a file or folder/],
    [['export-questions', 'x', '--from', 'beir'], /--from does not belong to export-questions/],
    [['export-questions', 'x', '--as', 'beir', '--to', 'y', '--kb', 'z'], /--kb does not belong/],
    [['evaluate', 'x', '--to', 'y'], /--to does not belong to evaluate/],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await run(args);
    assert.equal(code, 1);
    assert.match(err, message);
  }
});
