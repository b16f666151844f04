// The part of a long snippet that a question matched is shown, not its beginning.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSnippets } from '../../../src/core/snippets.ts';
import type { IndexedWindow } from '../../../src/engine/indexer.ts';
import { matchedWindows } from '../../../src/engine/live/matchedWindows.ts';

test('the best window of each snippet, with its place among the parts', () => {
  const text = '# Lifts\n\nCall the lift.\n\nIn a fire take the stairs.\n\n# 钥匙\n\n前台领取。\n';
  const { snippets } = parseSnippets({ file: 'house.md', text });
  const [lifts, keys] = snippets as [(typeof snippets)[0], (typeof snippets)[0]];
  const cut = lifts.body.indexOf('In a fire');
  const window = (snippetId: string, start: number, end: number) =>
    ({ snippetId, start, end, text: '' }) as IndexedWindow;
  const windows = [
    window(lifts.id, 0, cut),
    window(lifts.id, cut, lifts.body.length),
    window(keys.id, 0, keys.body.length),
  ];
  const vectors = Float32Array.of(1, 0, 0.6, 0.8, 0, 1);
  const of = (query: Float32Array) =>
    matchedWindows(windows, vectors, query, new Map(snippets.map((each) => [each.id, each])));
  assert.deepEqual(of(Float32Array.of(0, 1)).get(lifts.id), { text: 'In a fire take the stairs.', part: 2, parts: 2 });
  assert.deepEqual(of(Float32Array.of(1, 0)).get(lifts.id), { text: 'Call the lift.', part: 1, parts: 2 });
  assert.deepEqual(of(Float32Array.of(1, 0)).get(keys.id), { text: '前台领取。', part: 1, parts: 1 });
});
