// Which part of each snippet a question's vector matched best, with its text: what a ranking alone does not show.
import type { MatchedWindow } from '../../core/explain.ts';
import { innerProduct } from '../../core/innerProduct.ts';
import type { Snippet } from '../../core/snippet.ts';
import type { IndexedWindow } from '../indexer.ts';

/** `vectors` are those of `windows`, row-major, `query` one vector; both L2-normalised. One entry for each snippet that has a window. */
export function matchedWindows(
  windows: readonly IndexedWindow[],
  vectors: Float32Array,
  query: Float32Array,
  snippets: ReadonlyMap<string, Snippet>,
): Map<string, MatchedWindow> {
  const best = new Map<string, { score: number; window: IndexedWindow; part: number; parts: number }>();
  windows.forEach((window, row) => {
    const score = innerProduct(query, 0, vectors, row, query.length);
    const known = best.get(window.snippetId);
    const parts = (known?.parts ?? 0) + 1;
    if (known && known.score >= score) known.parts = parts;
    else best.set(window.snippetId, { score, window, part: parts, parts });
  });
  return new Map(
    [...best].map(([id, { window, part, parts }]) => [
      id,
      { text: snippets.get(id)?.body.slice(window.start, window.end).trim() ?? window.text, part, parts },
    ]),
  );
}
