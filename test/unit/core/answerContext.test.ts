// Completion's question: does the cursor stand in an answer, and what is written of it?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerPrefix } from '../../../src/core/answerContext.ts';

/** `|` is the cursor. */
function at(file: string, text: string): string | undefined {
  const lines = text.slice(0, text.indexOf('¦')).split('\n');
  const before = lines.pop() ?? '';
  return answerPrefix(file, before, lines)?.written;
}

test('inside an answer the written part is found', () => {
  const cases: [string, string, string][] = [
    ['a.questions.jsonl', '{"question": "Wie lange?", "answers": ["ret¦', 'ret'],
    ['a.questions.jsonl', '{"question": "Wie lange?", "answers": ["returns.md#x", "support/ret¦"]}', 'support/ret'],
    ['a.questions.jsonl', '{"question": "Wie lange?", "answers": [¦]}', ''],
    ['a.questions.jsonl', '{"question": "Wie lange?", "answers": [{"any": ["a.md#x", "ret¦', 'ret'],
    ['a.questions.jsonl', '{"question": "Wie?", "answers": [{"any": ["a.md", "b.md"]}, "ret¦', 'ret'],
    ['a.questions.jsonl', '{"question": "Wie lange?", "answers": [{"answer": "ret¦", "relevance": 2}]}', 'ret'],
    ['a.questions.yaml', '- question: Who?\n  answers: [{any: [leave.md#a, le¦', 'le'],
    ['a.questions.yaml', '- question: Who?\n  answers:\n    - any: [le¦', 'le'],
    ['a.questions.yaml', '- question: Who?\n  answers:\n    - answer: le¦', 'le'],
    ['a.questions.yaml', '- question: Who?\n  answers: [leave.md#a, le¦', 'le'],
    ['a.questions.yaml', '- question: Who?\n  answers:\n    - leave.md#a # note\n    - le¦', 'le'],
    ['a.questions.yaml', '- question: Who?\n  answers:\n  - "le¦', 'le'],
    ['a.questions.csv', 'question,answers\nWho?,leave.md#a|le¦', 'le'],
    ['a.questions.csv', 'question,answers\n"Who, then?",le¦', 'le'],
    ['a.questions.csv', 'question,answers\nWho?,¦', ''],
    ['page.md', '---\nquestions:\n  - question: Who?\n    answers: ["#re¦', '#re'],
  ];
  for (const [file, text, written] of cases) assert.equal(at(file, text), written, text);
});

test('elsewhere there is none', () => {
  const cases: [string, string][] = [
    ['a.questions.jsonl', '{"question": "Wie l¦'],
    ['a.questions.jsonl', '{"answers": ["a.md#x"], "question": "Wie l¦'],
    ['a.questions.jsonl', '{"question": "Wer?", "answers": [{"any¦'],
    ['a.questions.yaml', '- question: Wh¦'],
    ['a.questions.yaml', '- question: Who?\n  variants:\n    - wh¦'],
    ['a.questions.csv', 'question,answers\nWho¦'],
    ['a.questions.csv', 'question,answers,tags\nWho?,leave.md#a,ta¦'],
  ];
  for (const [file, text] of cases) assert.equal(at(file, text), undefined, text);
});
