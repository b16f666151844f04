// Files as other tools write them, and files with mistakes: what is read, and what is said of the rest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExchangeFormat } from '../../../../src/core/exchange/dataset.ts';
import { FORMATS } from '../../../../src/core/exchange/index.ts';

/** Reads files by name; findings as `file:line message`, lines from 1. */
function read(format: ExchangeFormat, files: Record<string, string>) {
  const { questions, passages, findings } = format.read(Object.entries(files).map(([file, text]) => ({ file, text })));
  return {
    questions: questions.map(({ text, answers }) => [
      text,
      answers.map((each) => each.passages.join(' or ') + (each.relevance ? ` ^${each.relevance}` : '')),
    ]),
    passages: passages.map(({ id, title, text }) => [id, title, text]),
    told: findings.map(({ file, range, message }) => `${file}:${range.start.line + 1} ${message}`),
    findings,
    splits: questions.map(({ split }) => split),
  };
}

test('BEIR: grades, sides and titles; every bad line is told with what came', () => {
  const set = {
    'set/corpus.jsonl':
      '{"_id": "d1", "title": "Tents", "text": "A pitched tent may be returned."}\n{"_id": "d2", "text": "帐篷可以退。"}\n{"_id": "d3", "title": "x"}\n{"_id": "d1", "title": "", "text": "Other."}\n',
    'set/queries.jsonl':
      '{"_id": 7, "text": "May I return a tent?", "metadata": {}}\r\n{"_id": "q2", "text": "帐篷能退吗？"}\r\nno json\r\n',
    'set/qrels/train.tsv': 'query-id\tcorpus-id\tscore\n7\td1\t2\n7\td2\t1\n',
    'set/qrels/test.tsv':
      'query-id\tcorpus-id\tscore\nq2\td2\t1\nq2\td1\t0\nq2\td1\tmaybe\nq9\td1\t1\nq2 d1 1\nq2\td1\t5\n',
  };
  const { questions, passages, told, splits } = read(FORMATS.beir, set);
  assert.deepEqual(questions, [
    ['May I return a tent?', ['d1 ^2', 'd2']],
    ['帐篷能退吗？', ['d2', 'd1 ^3']],
  ]);
  assert.deepEqual(splits, ['train', 'test']);
  assert.deepEqual(
    passages.map(([id]) => id),
    ['d1', 'd2'],
  );
  assert.deepEqual(told, [
    'set/corpus.jsonl:3 "text" is expected to be a text; nothing came.',
    'set/corpus.jsonl:4 The id "d1" already names another passage; this one does not count.',
    'set/queries.jsonl:3 A line is expected to be one JSON value; "no json" came.',
    'set/qrels/test.tsv:4 The relevance is expected to be a whole number; "maybe" came.',
    'set/qrels/test.tsv:5 The query id is expected to be one of queries.jsonl; "q9" came.',
    'set/qrels/test.tsv:6 A line is expected to be query id, passage id and score with tabs between them; "q2 d1 1" came.',
    'set/qrels/test.tsv:7 The relevance 5 is above 3, the highest that is kept; it counts as 3.',
  ]);
  const alone = { ...set };
  delete (alone as Partial<typeof set>)['set/qrels/train.tsv'];
  assert.deepEqual(read(FORMATS.beir, alone).splits, [undefined, undefined]);
});

test('LlamaIndex: ids and texts; what is not of the right kind is told', () => {
  const text =
    '{"queries": {"a": "Wann?", "b": 3, "c": true},\n "corpus": {"n1": "Heute.", "n2": null},\n "relevant_docs": {"a": ["n1", 4],\n "zz": ["n1"], "b": "n1"}, "mode": "text"}';
  const { questions, passages, told } = read(FORMATS.llamaindex, { 'set.json': text });
  assert.deepEqual(questions, [
    ['Wann?', ['n1', '4']],
    ['3', ['n1']],
  ]);
  assert.deepEqual(passages, [['n1', '', 'Heute.']]);
  assert.deepEqual(told, [
    'set.json:2 The corpus entry "n2" is expected to be a text; nothing came.',
    'set.json:1 The query "c" is expected to be a text; true came.',
    'set.json:4 The query id in "relevant_docs" is expected to be one of "queries"; "zz" came.',
  ]);
  assert.match(
    read(FORMATS.llamaindex, { 'set.json': '{"queries": {}' }).told[0]!,
    /^set\.json:1 The file is expected to be one JSON value; text that is not JSON/,
  );
  assert.match(
    read(FORMATS.llamaindex, { 'set.json': '{}' }).told[0]!,
    /"corpus" is expected to be an object; nothing came/,
  );
});

test('FlagEmbedding: positives are all wanted, negatives are passages, the same text is one passage', () => {
  const lines = [
    '{"query": "怎么开发票？", "pos": ["在订单页申请。", "也可以打电话。"], "neg": ["运费另计。"], "pos_scores": [1, 2], "prompt": "x"}',
    '{"query": "Where do I ask?", "pos": ["在订单页申请。"]}',
    '{"query": "Empty", "pos": []}',
    '{"query": "", "pos": ["x"]}',
    '["query"]',
  ];
  const { questions, passages, told } = read(FORMATS.flagembedding, { 'f.jsonl': lines.join('\n') });
  assert.equal(passages.length, 3);
  assert.deepEqual(
    questions.map(([, answers]) => answers?.length),
    [2, 1],
  );
  assert.equal(questions[0]![1]![0], questions[1]![1]![0]);
  assert.deepEqual(told, [
    'f.jsonl:1 "pos_scores" has no place in a question and is left out.',
    'f.jsonl:1 "prompt" has no place in a question and is left out.',
    'f.jsonl:3 "pos" is expected to be a list with at least one text; an empty one came.',
    'f.jsonl:4 "query" is expected to be a text; an empty text came.',
    'f.jsonl:5 "query" is expected to be a text; a list came.',
  ]);
});

test('uniem: pairs, triplets and scored pairs', () => {
  const lines = [
    '{"text": "Wo?", "text_pos": "Hier."}',
    '{"text": "Wo?", "text_pos": "Dort.", "text_neg": "Nie."}',
    '{"sentence1": "Wann?", "sentence2": "Heute.", "label": 1}',
    '{"sentence1": "Wann?", "sentence2": "Gelb.", "label": 0}',
    '{"sentence1": "Wann?", "sentence2": "Blau.", "label": "so so"}',
    '{"text": "Wie?"}',
  ];
  const { questions, passages, told } = read(FORMATS.uniem, { 'u.jsonl': lines.join('\n') });
  assert.deepEqual(
    questions.map(([text, answers]) => [text, answers?.length]),
    [
      ['Wo?', 2],
      ['Wann?', 1],
    ],
  );
  assert.deepEqual(
    passages.map(([, , text]) => text),
    ['Hier.', 'Dort.', 'Nie.', 'Heute.', 'Gelb.'],
  );
  assert.deepEqual(told, [
    'u.jsonl:5 "label" is expected to be a number; "so so" came.',
    'u.jsonl:6 "text_pos" is expected to be a text; nothing came.',
  ]);
});

test('AutoRAG: all of any of, in JSON, JSON Lines and CSV, in the spelling of JSON and of Python', () => {
  const wanted = [
    ['Who pays, and how?', ['a or b', "c's"]],
    ['谁付款？', ['a or b']],
    ['One?', ['a']],
  ];
  const rows = [
    { qid: '1', query: 'Who pays, and how?', retrieval_gt: [['a', 'b'], ["c's"]], generation_gt: ['The firm.'] },
    { qid: '2', query: '谁付款？', retrieval_gt: ['a', 'b'], generation_gt: [] },
    { qid: '3', query: 'One?', retrieval_gt: 'a', generation_gt: [] },
  ];
  const told = (file: string) => [`${file}:1 "generation_gt" has no place in a question and is left out.`];
  const jsonl = read(FORMATS.autorag, { 'qa.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') });
  assert.deepEqual([jsonl.questions, jsonl.told], [wanted, told('qa.jsonl')]);
  const json = read(FORMATS.autorag, {
    'qa.json': JSON.stringify(rows, null, 1),
    'corpus.json': '[{"doc_id": "a", "contents": "A."}]',
  });
  assert.deepEqual([json.questions, json.told, json.passages], [wanted, told('qa.json'), [['a', '', 'A.']]]);
  const csv =
    'qid,query,retrieval_gt,generation_gt\n1,"Who pays, and how?","[[\'a\', \'b\'], [""c\'s""]]","[\'The firm.\']"\n2,谁付款？,"[""a"", ""b""]",[]\n3,One?,a,[]\n4,Broken?,"[\'a\'",[]\n5,,a,[]\n';
  const table = read(FORMATS.autorag, { 'qa.csv': csv });
  assert.deepEqual(table.questions, wanted);
  assert.deepEqual(table.told.slice(0, 2), [
    'qa.csv:5 "retrieval_gt" is expected to be a list of lists of passage ids; another value came.',
    'qa.csv:6 "query" is expected to be a text; an empty text came.',
  ]);
});

test('TREC: topics and judgements; a grade of 0 is no answer', () => {
  const { questions, told } = read(FORMATS.trec, {
    'topics.tsv': '301\tInternational  crime\n302\t发票\tmehr\n\n303\n',
    'qrels.txt': '301 0 FT911-1 2\n301\t0\tFT911-2\t0\n302 0 LA1 1\n399 0 LA1 1\n301 0 LA1\n302 0 LA2 1.5\n',
  });
  assert.deepEqual(questions, [
    ['International  crime', ['FT911-1 ^2']],
    ['发票 mehr', ['LA1']],
  ]);
  assert.deepEqual(told, [
    'topics.tsv:4 A line is expected to be a query id, a tab and the text of the query; "303" came.',
    'qrels.txt:4 The query id is expected to be one of the topics; "399" came.',
    'qrels.txt:5 A line is expected to be query id, 0, passage id and relevance with blanks between them; "301 0 LA1" came.',
    'qrels.txt:6 The relevance is expected to be a whole number; "1.5" came.',
  ]);
});

test('hit-test tables: columns by many names, answers by id or by text, bad rows told', () => {
  const { questions, passages, told, splits } = read(FORMATS.table, {
    'hits.csv':
      '问题,分段ID,答案,备注,split\n怎么退款？,seg-1,,,\n怎么退款？,,"在订单页, 点退款",,test\n,seg-2,,,\nWhy?,seg-2,Because.,,maybe\nHow?,seg-2,Because.,,train\n',
  });
  assert.equal(questions.length, 2);
  assert.deepEqual(questions[0]![1]![0], 'seg-1');
  assert.deepEqual(questions[1], ['How?', ['seg-2']]);
  assert.deepEqual(splits, ['test', 'train']);
  assert.deepEqual(
    passages.map(([, , text]) => text),
    ['在订单页, 点退款', 'Because.'],
  );
  assert.deepEqual(told, [
    'hits.csv:1 The column "备注" is not known and is left out.',
    'hits.csv:4 The question is expected to be a text; an empty cell came.',
    'hits.csv:5 The split is expected to be train, test or empty; "maybe" came.',
  ]);
  const [problem] = read(FORMATS.table, { 'hits.csv': 'question,notes\nWhy?,x\n' }).told.slice(-1);
  assert.match(problem!, /hits\.csv:1 The first line is expected to be a header.*"question,notes" came/);
});

test('Markdown lists: links or bare ids, alternatives with "or"; odd lines are told', () => {
  const text = [
    '# Standard questions',
    'Asked most often.',
    '* 年假几天？',
    '    * answer: [年假](<假期.md#年假>) or leave.md#annual (relevance 3)',
    '    * answer: [form](form.md)',
    '- Why?',
    '  - answer: [x](a.md) and b.md',
    '  - because',
    '  - split: later',
    '  - answer: a.md (relevance high)',
  ].join('\n');
  const { questions, told } = read(FORMATS.list, { 'a.questions.md': text });
  assert.deepEqual(questions, [
    ['年假几天？', ['假期.md#年假 or leave.md#annual ^3', 'form.md']],
    ['Why?', []],
  ]);
  assert.deepEqual(told, [
    'a.questions.md:7 An answer is expected to be links or ids with "or" between them; "[x](a.md) and b.md" came.',
    'a.questions.md:8 A line below a question is expected to be "- answer:", "- variant:", "- tag:", "- split:" or "- id:"; "- because" came.',
    'a.questions.md:9 The split is expected to be train or test; "later" came.',
    'a.questions.md:10 The relevance is expected to be a whole number; "high" came.',
  ]);
});

test('empty files and deep nesting are findings, never a crash', () => {
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  for (const format of Object.values(FORMATS))
    for (const file of [
      'corpus.jsonl',
      'queries.jsonl',
      'qrels.txt',
      'topics.tsv',
      'set.json',
      'set.csv',
      'set.xlsx',
      'a.questions.md',
    ])
      for (const text of ['', '\n\n', deep, '{', '"']) assert.ok(Array.isArray(read(format, { [file]: text }).told));
});
