// A scorer that follows changed windows against one made anew, through the real runtime.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../src/core/random.ts';
import { changedStretch } from '../../../src/core/stretch.ts';
import { Scorer } from '../../../src/engine/scorer.ts';

const DIMENSION = 4;

interface Row {
  snippetId: string;
  key: string;
  vector: number[];
}

const random = seededRandom(3);

/** The windows of one snippet, new each time. */
function windowsOf(snippetId: string, count: number): Row[] {
  return Array.from({ length: count }, (_, part) => ({
    snippetId,
    key: `${snippetId}\u0000${part}`,
    vector: Array.from({ length: DIMENSION }, () => random.normal()),
  }));
}

const matrixOf = (rows: Row[]): Float32Array => Float32Array.from(rows.flatMap(({ vector }) => vector));

/** Every snippet's score and best part for one question. */
async function scoresOf(scorer: Scorer): Promise<[string, number, number][]> {
  const out: [string, number, number][] = [];
  await scorer.forEach(Float32Array.of(1, -0.5, 0.25, 2), (_, scores, windows) => {
    scorer.ids.forEach((id, i) => {
      out.push([id, scores[i]!, scorer.part(windows[i]!)]);
    });
  });
  return out;
}

test('after every kind of edit the scores are those of a new scorer', async () => {
  const start = [
    windowsOf('报销.md#发票', 1),
    windowsOf('b.md#two', 2),
    windowsOf('c.md#three', 3),
    windowsOf('d.md', 1),
  ];
  const [first, second, third, fourth] = start as [Row[], Row[], Row[], Row[]];
  const edits: [string, Row[][]][] = [
    ['a text', [first, windowsOf('b.md#two', 2), third, fourth]],
    ['a longer text', [first, windowsOf('b.md#two', 4), third, fourth]],
    ['a shorter text', [first, windowsOf('b.md#two', 1), third, fourth]],
    ['two pages', [first, windowsOf('b.md#two', 1), windowsOf('c.md#three', 1), fourth]],
    ['a heading', [first, windowsOf('b.md#deux', 2), third, fourth]],
    ['one more', [first, second, windowsOf('b.md#z', 1), third, fourth]],
    ['one less', [first, third, fourth]],
    ['the last', [first, second, third, windowsOf('d.md', 2)]],
    ['nothing', [first, second, third, fourth]],
    ['all gone but one', [fourth]],
  ];
  const before = start.flat();
  for (const [what, snippets] of edits) {
    const after = snippets.flat();
    const old = await Scorer.ofWindows(before, matrixOf(before), DIMENSION);
    const next = old.next(after, matrixOf(after), changedStretch(before, after));
    const anew = await Scorer.ofWindows(after, matrixOf(after), DIMENSION);
    assert.deepEqual(await scoresOf(next), await scoresOf(anew), what);
    assert.deepEqual(
      next.ids.map((id) => next.place(id)),
      anew.ids.map((id) => anew.place(id)),
      what,
    );
    await next.close();
    await anew.close();
  }
});
