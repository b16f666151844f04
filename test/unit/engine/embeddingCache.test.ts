// Only windows with new text are embedded, whatever else has changed about them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeUpdate, planUpdate } from '../../../src/engine/embeddingCache.ts';
import type { WindowEntry } from '../../../src/engine/vectorStore.ts';

function entry(key: string, textHash: string, line = 0): WindowEntry {
  const file = key.split('#')[0]!;
  const range = { start: { line, column: 0 }, end: { line: line + 1, column: 0 } };
  return { key, snippetId: key.split('@')[0]!, snippetHash: textHash, textHash, file, range, start: 0, end: 10 };
}

const previous = [entry('a.md#x@0', 'h1'), entry('a.md#y@0', 'h2', 5), entry('b.md#z@0', 'h3')];
const vectors = Float32Array.of(1, 1, 2, 2, 3, 3);

test('nothing changed: nothing to embed, write or remove', () => {
  const plan = planUpdate(previous, previous);
  assert.deepEqual([plan.embed, plan.remove, plan.keep.map(({ same }) => same)], [[], [], [true, true, true]]);
  const update = completeUpdate(plan, vectors, new Float32Array(0), 2);
  assert.deepEqual([update.remove, update.upsert.entries], [[], []]);
});

test('changed text is embedded, a gone window is removed, a shifted one keeps its vector', () => {
  const windows = [entry('a.md#x@0', 'new'), entry('a.md#y@0', 'h2', 9)];
  const plan = planUpdate(previous, windows);
  assert.deepEqual([plan.embed, plan.remove], [[windows[0]], ['b.md#z@0']]);
  const update = completeUpdate(plan, vectors, Float32Array.of(7, 8), 2);
  assert.deepEqual(update.upsert.entries, [windows[1], windows[0]]);
  assert.deepEqual([...update.upsert.vectors], [2, 2, 7, 8]);
});

test('a renamed file costs no embedding', () => {
  const windows = [previous[0]!, previous[1]!, entry('c/new-name.md#z@0', 'h3')];
  const plan = planUpdate(previous, windows);
  assert.deepEqual([plan.embed, plan.remove], [[], ['b.md#z@0']]);
  const update = completeUpdate(plan, vectors, new Float32Array(0), 2);
  assert.deepEqual([update.upsert.entries, [...update.upsert.vectors]], [[windows[2]], [3, 3]]);
});

test('two windows that exchange their texts exchange their vectors', () => {
  const windows = [entry('a.md#x@0', 'h2'), entry('a.md#y@0', 'h1', 5)];
  const update = completeUpdate(planUpdate(previous.slice(0, 2), windows), vectors, new Float32Array(0), 2);
  assert.deepEqual([update.upsert.entries, [...update.upsert.vectors]], [windows, [2, 2, 1, 1]]);
});

test('every field of an entry counts as a change of the entry', () => {
  const base = previous[0]!;
  const changes: Partial<WindowEntry>[] = [
    { snippetId: 'q' },
    { snippetHash: 'q' },
    { file: 'q' },
    { start: 1 },
    { end: 1 },
    { range: { start: { line: 1, column: 0 }, end: base.range.end } },
    { range: { start: { line: 0, column: 1 }, end: base.range.end } },
    { range: { start: base.range.start, end: { line: 4, column: 0 } } },
    { range: { start: base.range.start, end: { line: 1, column: 4 } } },
  ];
  for (const change of changes) {
    const plan = planUpdate(previous, [{ ...base, ...change }]);
    assert.deepEqual([plan.embed.length, plan.keep[0]?.same], [0, false], JSON.stringify(change));
  }
});

test('the same key twice is a bug of the caller', () => {
  assert.throws(() => planUpdate([], [previous[0]!, previous[0]!]), /a\.md#x@0 is given twice/);
});
