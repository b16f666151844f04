// A heading is renamed: anchors, answers and links follow, nothing else moves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildCorpus } from '../../../src/core/corpus.ts';
import { LineIndex } from '../../../src/core/lines.ts';
import { renameSection } from '../../../src/core/rename.ts';

const FILES: Record<string, string> = {
  'support/returns.md':
    '# Returns\n\nSee [the cost](#cost) and [refunds](refunds.md#cards).\n\n## Cost\n\nIt is free.\n\n## Cost\n\nAbroad it is not.\n',
  'support/refunds.md':
    'Refunds\n=======\n\nWe pay back.\n\nCards\n-----\n\nFive days. [Cost](./returns.md#cost-1) [elsewhere](../hr/leave.md#cost)\n',
  'hr/leave.md': '---\nid: leave\n---\n\n# Leave ##\n\nThirty days.\n\n## Cost\n\nNone.\n',
  'support/a.questions.jsonl':
    '{"question": "What does it cost?", "answers": ["returns.md#cost", "/support/returns.md#cost-1", "returns.md"]}\n',
  'support/b.questions.csv': 'question,answers\nWhat about cards?,refunds.md#cards|returns.md#cost\n',
  'c.questions.yaml': '- question: How many days?\n  answers: [hr/leave.md#leave, leave]\n',
};

/** The files after the rename; those that did not change are left out. */
function renamed(id: string, title: string): Record<string, string> | undefined {
  const documents = new Map(Object.entries(FILES).map(([file, text]) => [file, { file, text }]));
  const corpus = buildCorpus([...documents.values()]);
  const file = corpus.snippets.find((snippet) => snippet.id === id)?.file;
  assert.ok(file !== undefined, id);
  const answers = corpus.questions.flatMap((question) =>
    question.answers.map((answer) => ({ file: question.file, answer })),
  );
  const result = renameSection(id, title, documents, file, answers);
  return (
    result &&
    Object.fromEntries(
      result.map(({ file: name, edits }) => {
        const text = FILES[name]!;
        const lines = new LineIndex(text);
        const sorted = [...edits].sort((a, b) => lines.offset(b.range.start) - lines.offset(a.range.start));
        return [
          name,
          sorted.reduce(
            (all, edit) =>
              all.slice(0, lines.offset(edit.range.start)) + edit.text + all.slice(lines.offset(edit.range.end)),
            text,
          ),
        ];
      }),
    )
  );
}

test('the heading, its answers and its links move; its namesake takes the anchor that is free', () => {
  const after = renamed('support/returns.md#cost', 'What it costs');
  assert.match(
    after?.['support/returns.md'] ?? '',
    /\[the cost\]\(#what-it-costs\)[\s\S]*\n## What it costs\n\nIt is free[\s\S]*\n## Cost\n/,
  );
  assert.match(after?.['support/refunds.md'] ?? '', /\.\/returns\.md#cost\) \[elsewhere\]\(\.\.\/hr\/leave\.md#cost\)/);
  assert.match(
    after?.['support/a.questions.jsonl'] ?? '',
    /\["returns\.md#what-it-costs", "\/support\/returns\.md#cost", "returns\.md"\]/,
  );
  assert.match(after?.['support/b.questions.csv'] ?? '', /refunds\.md#cards\|returns\.md#what-it-costs\n/);
  assert.deepEqual(Object.keys(after ?? {}).length, 4);
});

test('a heading underlined with dashes, and one in Chinese', () => {
  const after = renamed('support/refunds.md#cards', '银行卡退款');
  assert.match(after?.['support/refunds.md'] ?? '', /\n银行卡退款\n-----\n/);
  assert.match(after?.['support/b.questions.csv'] ?? '', /refunds\.md#银行卡退款\|/);
  assert.match(after?.['support/returns.md'] ?? '', /\(refunds\.md#银行卡退款\)/);
});

test('a name from front matter stays; only references by the anchor move', () => {
  const after = renamed('leave', 'Holiday');
  assert.match(after?.['hr/leave.md'] ?? '', /\n# Holiday ##\n/);
  assert.equal(after?.['c.questions.yaml'], '- question: How many days?\n  answers: [hr/leave.md#holiday, leave]\n');
});

test('an empty title renames nothing', () => {
  assert.equal(renamed('leave', '  '), undefined);
});
