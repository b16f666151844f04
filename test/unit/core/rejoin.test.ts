// A corpus after an edit, joined the short way, against joining everything; and which edits must take the long way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Corpus, joinCorpus, parseDocument } from '../../../src/core/corpus.ts';
import { rejoinCorpus } from '../../../src/core/rejoin.ts';
import { changedStretch } from '../../../src/core/stretch.ts';

const FILES: Record<string, string> = {
  'hr/leave.md':
    '# Annual leave\n\nThirty days a year.\n\n## Part time\n\nIn hours.\n\n## Empty\n\n# Sick leave\n\nTell us by ten.\n',
  'hr/pay.md': '# Payday\n\nThe 25th of each month.\n',
  'hr/named.md': '---\nid: travel\n---\n# Trains\n\nSecond class.\n',
  '财务/报销.md': '# 差旅报销\n\n十天内提交发票。\n\n# 发票抬头\n\n写公司全称。\n',
  'hr/asked.md': '---\nquestions:\n  - When is payday?\n---\n# Calendar\n\nSee the wall.\n',
  'a.questions.jsonl':
    '{"question": "How many days off?", "answers": ["hr/leave.md#annual-leave", "hr/leave.md#nowhere"]}\n',
};

function parsed(files: Record<string, string>) {
  return new Map(Object.entries(files).map(([file, text]) => [file, parseDocument({ file, text })]));
}

/** Without what is built anew each time. */
function content({ references: _, ...corpus }: Corpus): Omit<Corpus, 'references'> {
  return corpus;
}

/** The short way's corpus after `file` got another text, and the long way's. */
function edit(file: string, text: string, files = FILES) {
  const before = parsed(files);
  const corpus = joinCorpus([...before.values()]);
  const after = parseDocument({ file, text });
  const long = joinCorpus([...before.values()].map((each) => (each.file === file ? after : each)));
  return { corpus, long, short: rejoinCorpus(corpus, { before: before.get(file)!, after }) };
}

test('another text under the same headings: as joined from everything, other snippets the same objects', () => {
  for (const [file, from, to] of [
    ['hr/leave.md', 'Thirty', 'Line\n\nThirty-one'],
    ['财务/报销.md', '十天', '十五天'],
    ['hr/pay.md', 'The 25th', 'The last day'],
  ] as const) {
    const { corpus, short, long } = edit(file, FILES[file]!.replace(from, to));
    assert.ok(short, file);
    assert.deepEqual(content(short), content(long));
    assert.notDeepEqual(short.snippets, corpus.snippets, 'the corpus of before stays as it was');
    const kept = short.snippets.filter((snippet, i) => snippet === corpus.snippets[i]);
    assert.ok(kept.length > 0 && kept.every((snippet) => snippet.file !== file));
  }
});

test('other headings, front matter or questions need everything', () => {
  const leave = FILES['hr/leave.md']!;
  const texts: [string, string][] = [
    ['hr/leave.md', leave.replace('# Sick leave', '# Illness')],
    ['hr/leave.md', leave.replace('## Empty\n', '## Empty\n\nNot any more.\n')],
    ['hr/leave.md', leave.replace('Thirty days a year.\n', '')],
    ['hr/leave.md', `---\nid: leave\n---\n${leave}`],
    ['hr/leave.md', `---\nquestions:\n  - How long is leave?\n---\n${leave}`],
    ['hr/named.md', FILES['hr/named.md']!.replace('Second', 'First')],
    ['hr/asked.md', FILES['hr/asked.md']!.replace('wall', 'door')],
    ['a.questions.jsonl', '{"question": "How many days?", "answers": ["hr/leave.md#annual-leave"]}\n'],
  ];
  for (const [file, text] of texts) assert.equal(edit(file, text).short, undefined, `${file}: ${text}`);
});

test('a name that two files give needs everything: a finding tells the line of the other', () => {
  const files = { ...FILES, 'hr/other.md': '---\nid: travel\n---\n# Planes\n\nNever.\n' };
  assert.equal(edit('hr/pay.md', FILES['hr/pay.md']!.replace('25th', '26th'), files).short, undefined);
});

test('the stretch where two lists differ', () => {
  const cases: [string, string, [number, number, number]][] = [
    ['abc', 'abc', [3, 3, 3]],
    ['abc', 'axc', [1, 2, 2]],
    ['abc', 'abxc', [2, 2, 3]],
    ['abc', 'ac', [1, 2, 1]],
    ['', 'ab', [0, 0, 2]],
    ['ab', '', [0, 2, 0]],
    ['aaa', 'aa', [2, 3, 2]],
    ['abcd', 'bcde', [0, 4, 4]],
  ];
  for (const [before, after, [start, endBefore, endAfter]] of cases)
    assert.deepEqual(changedStretch([...before], [...after]), { start, endBefore, endAfter }, `${before} ${after}`);
});
