// The four question formats: values, exact places, bad rows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuestions } from '../../../src/core/questions/index.ts';
import { covered } from './text.ts';

const SUFFIX = { jsonl: 'q.questions.jsonl', yaml: 'q.questions.yaml', csv: 'q.questions.csv', md: 'q.md' };

function parse(format: keyof typeof SUFFIX, text: string) {
  const { drafts, findings } = parseQuestions({ file: SUFFIX[format], text });
  return {
    drafts,
    findings,
    codes: findings.map(({ code, range }) => `${code}@${range.start.line + 1}`),
    texts: drafts.map((draft) => draft.text),
    places: drafts.map((draft) => [
      covered(text, draft.range),
      ...draft.answers.map(({ range }) => covered(text, range)),
    ]),
  };
}

const full = {
  text: 'How do I pay?',
  answers: ['pay.md#card', 'pay.md'],
  variants: ['payment', 'cost'],
  split: 'test',
  id: 'pay',
  tags: ['money'],
};

const FULL = {
  jsonl:
    '\r\n{"question": "How do I pay?", "answers": ["pay.md#card", "pay.md"], "variants": ["payment", "cost"], "split": "test", "id": "pay", "tags": ["money"]}\r\n',
  yaml: '# all\n- question: How do I pay?\n  answers:\n    - pay.md#card\n    - "pay.md"\n  variants: [payment, cost]\n  split: test\n  id: pay\n  tags: [money]\n',
  csv: 'tags,id,split,variants,answers,question\r\nmoney,pay,test,payment | cost,"pay.md#card|pay.md",How do I pay?\r\n',
  md: '---\nquestions:\n- question: How do I pay?\n  answers: [pay.md#card, pay.md]\n  variants:\n  - payment\n  - cost\n  split: test\n  id: pay\n  tags: [money]\n---\n\n# Pay\n',
} as const;

for (const format of Object.keys(FULL) as (keyof typeof FULL)[]) {
  test(`${format}: all fields, and the exact places of question and answers`, () => {
    const { drafts, findings, places } = parse(format, FULL[format]);
    assert.deepEqual(findings, []);
    const [draft] = drafts;
    assert.deepEqual(
      { ...full },
      {
        text: draft?.text,
        answers: draft?.answers.map((a) => a.reference),
        variants: draft?.variants,
        split: draft?.split,
        id: draft?.id,
        tags: draft?.tags,
      },
    );
    assert.deepEqual(places, [['How do I pay?', 'pay.md#card', 'pay.md']]);
    assert.equal(covered(FULL[format], draft!.idRange!), 'pay');
  });
}

test('places are exact with escapes, wide characters and quotes before them', () => {
  const { places } = parse(
    'jsonl',
    '{"a\\"b":[{"x":1e3},null,true],"tags":["😀\\u0041"], "question" : "退款 \\"多久\\"？" ,"answers":[ "r.md#退款" ]}',
  );
  assert.deepEqual(places, [['退款 \\"多久\\"？', 'r.md#退款']]);
  const csv = parse('csv', 'question,answers\n"A ""b"", c","😀.md | x.md#""y"""\n');
  assert.deepEqual(csv.places, [['A ""b"", c', '😀.md', 'x.md#""y""']]);
  assert.equal(csv.drafts[0]?.answers[1]?.reference, 'x.md#"y"');
  const yaml = parse(
    'yaml',
    "- question: 'It''s late?'\n  answers: &a ['a.md', \"b.md\"]\n- question: |\n    Two\n    lines?\n  answers: *a\n",
  );
  assert.deepEqual(yaml.places, [
    ["It''s late?", 'a.md', 'b.md'],
    ['Two\n    lines?', 'a.md', 'b.md'],
  ]);
  assert.deepEqual(yaml.texts, ["It's late?", 'Two\nlines?']);
});

test('an id that is not given is made of file and text, whatever the order', () => {
  const [a, b] = ['{"question": "A?", "answers": ["x"]}', '{"question": "B?", "answers": ["x"]}'];
  const forth = parse('jsonl', `${a}\n${b}`).drafts.map(({ id }) => id);
  const back = parse('jsonl', `${b}\n\n${a}`).drafts.map(({ id }) => id);
  assert.deepEqual(forth, back.reverse());
  assert.notEqual(forth[0], forth[1]);
  assert.match(forth[0] ?? '', /^q-[0-9a-f]{16}$/);
  assert.notEqual(parseQuestions({ file: 'other.questions.jsonl', text: `${a}` }).drafts[0]?.id, forth[0]);
  assert.equal(parse('jsonl', a ?? '').drafts[0]?.idRange, undefined);
});

const good = '{"question": "Good?", "answers": ["x.md"]}';

test('each kind of bad row is one finding with line and suggestion; the rest counts', () => {
  const cases: [string, string][] = [
    ['{"question": "x", ', 'bad-json'],
    ["{'question': 'x'}", 'bad-json'],
    ['"text"', 'bad-question'],
    ['[1]', 'bad-question'],
    ['null', 'bad-question'],
    ['{"answers": ["x.md"]}', 'missing-question'],
    ['{"question": " ", "answers": ["x.md"]}', 'empty-question'],
    ['{"question": null, "answers": ["x.md"]}', 'empty-question'],
    ['{"question": 1, "answers": ["x.md"]}', 'bad-question'],
    ['{"question": ["a"], "answers": ["x.md"]}', 'bad-question'],
    ['{"question": "Q"}', 'missing-answers'],
    ['{"question": "Q", "answers": []}', 'missing-answers'],
    ['{"question": "Q", "answers": "x.md"}', 'bad-question'],
    ['{"question": "Q", "answers": [{"a": 1}]}', 'bad-answer'],
    ['{"question": "Q", "answers": ["x.md"], "variants": "v"}', 'bad-question'],
    ['{"question": "Q", "answers": ["x.md"], "tags": [true]}', 'bad-question'],
    ['{"question": "Q", "answers": ["x.md"], "id": ["i"]}', 'bad-question'],
    ['{"question": "Q", "answers": ["x.md"], "id": ""}', 'bad-question'],
    ['{"question": "Q", "answers": ["x.md"], "split": "Train"}', 'unknown-split'],
    ['{"question": "Q", "answers": ["x.md"], "split": 1}', 'unknown-split'],
  ];
  for (const [row, code] of cases) {
    const { codes, texts, findings } = parse('jsonl', `${good}\n${row}\n${good.replace('Good', 'Last')}`);
    assert.deepEqual([codes, texts], [[`${code}@2`], ['Good?', 'Last?']], row);
    assert.ok(findings[0]?.suggestion && findings[0].severity === 'error', row);
  }
});

test('oddities that do no harm: unknown keys, empty entries, nulls', () => {
  const unknown = parse('jsonl', '{"question": "Q", "answers": ["x.md"], "anwsers": [], "note": 1}');
  assert.deepEqual(
    unknown.findings.map((f) => [f.severity, f.suggestion]),
    [
      ['information', 'Did you mean "answers"?'],
      ['information', 'Known keys are question, answers, variants, split, id, tags.'],
    ],
  );
  assert.equal(unknown.drafts.length, 1);
  const empty = parse(
    'jsonl',
    '{"question": " Q ", "answers": ["", "x.md"], "variants": null, "split": null, "id": 7, "tags": [1]}',
  );
  assert.deepEqual(empty.codes, ['empty-entry@1']);
  assert.deepEqual(
    [empty.texts, empty.drafts[0]?.answers.length, empty.drafts[0]?.id, empty.drafts[0]?.tags],
    [['Q'], 1, '7', ['1']],
  );
  assert.deepEqual(empty.places[0], ['Q', 'x.md'], 'the place leaves blanks out');
});

test('a JSON array or object over several lines is told how to be written', () => {
  const { findings } = parse('jsonl', '[\n{"question": "A", "answers": ["x"]},\n]');
  assert.deepEqual(
    findings.map((f) => f.code),
    ['bad-json', 'bad-json', 'bad-json'],
  );
  assert.match(findings[1]?.suggestion ?? '', /without commas between them/);
});

test('nesting deeper than the stack is a finding', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  assert.deepEqual(parse('jsonl', `{"question": "Q", "answers": ["x"], "y": ${deep}}\n${good}`).texts, ['Good?']);
  assert.ok(parse('yaml', `- ${deep.slice(90_000, 110_000)}`).findings.length > 0);
});

test('yaml: an entry that is not YAML costs no other', () => {
  const text =
    '- question: A?\n  answers: [x]\n- question: "B?\n  answers: [x]\n- question: C?\n  answers: [x]\n- question: D: E?\n  answers: [x]\n';
  const { codes, texts } = parse('yaml', text);
  assert.deepEqual(texts, ['A?', 'C?']);
  assert.deepEqual(codes, ['bad-yaml@3', 'bad-yaml@7']);
});

test('yaml: a file that is no list, an empty one, several documents, endless aliases', () => {
  assert.deepEqual(parse('yaml', 'questions:\n  - question: A?\n').codes, ['bad-question-file@1']);
  assert.deepEqual(parse('yaml', '# nothing yet\n').codes, []);
  assert.deepEqual(parse('yaml', '---\n- question: A?\n  answers: [x]\n---\n- question: B?\n  answers: [x]\n').texts, [
    'A?',
    'B?',
  ]);
  const bomb = ['- &a0 [x]', ...Array.from({ length: 40 }, (_, n) => `- &a${n + 1} [*a${n}, *a${n}]`)].join('\n');
  assert.equal(parse('yaml', bomb).drafts.length, 0);
  assert.equal(parse('yaml', '- &a [*a]\n- question: A?\n  answers: [x]\n').texts.length, 1);
});

test('csv: multi-line cells, optional columns, short rows, empty lines', () => {
  const { drafts, codes, texts } = parse(
    'csv',
    'Question , answers,split\r\n"Two\r\nlines?",x.md\r\n\r\nNext?,y.md|z.md,train\r\n',
  );
  assert.deepEqual([codes, texts], [[], ['Two\nlines?', 'Next?']]);
  assert.deepEqual(drafts[1]?.range.start, { line: 4, column: 0 });
  assert.equal(drafts[1]?.split, 'train');
});

test('csv: bad header, bad rows', () => {
  assert.deepEqual(parse('csv', 'Wann?;x.md\n').codes, ['bad-header@1']);
  assert.deepEqual(parse('csv', '').codes, []);
  const { codes, texts } = parse(
    'csv',
    'question,answers,who\nA, b and c?,x.md,me,extra\n,x.md,\nB?,,\nC?,x.md,,\n"D" e,x.md\nF?,x.md\n',
  );
  assert.deepEqual(codes, ['bad-csv@6', 'unknown-key@1', 'bad-csv@2', 'empty-question@3', 'missing-answers@4']);
  assert.deepEqual(texts, ['C?', 'F?']);
});

test('front matter: texts and objects, answered by the file itself unless they say otherwise', () => {
  const text =
    '---\nquestions:\n  - Where is it?\n  - question: And when?\n    answers: ["#hours"]\n  - 12\n  -\n---\n# Place\n';
  const { drafts, codes, places } = parse('md', text);
  assert.deepEqual(
    drafts.map((d) => [d.text, d.answers[0]?.reference]),
    [
      ['Where is it?', 'q.md'],
      ['And when?', '#hours'],
    ],
  );
  assert.deepEqual(places, [
    ['Where is it?', 'Where is it?'],
    ['And when?', '#hours'],
  ]);
  assert.deepEqual(codes, ['bad-question@6', 'empty-question@7']);
  assert.deepEqual(parse('md', '---\nquestions: one\n---\n').codes, ['bad-question@2']);
  assert.deepEqual(parse('md', '---\nquestions:\n---\n# x\n').codes, []);
  assert.deepEqual(parse('md', '# No front matter\n\nquestions:\n  - a\n').drafts, []);
});
