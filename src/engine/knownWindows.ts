// Windows that an index of the same stamp holds: a snippet with unchanged text is divided as it was, without counting tokens again.
import { contentHash } from '../core/hash.ts';
import { pushTo } from '../core/multimap.ts';
import type { Snippet } from '../core/snippet.ts';
import { pathPrefix, type Window, windowText } from '../core/window.ts';
import type { WindowEntry } from './vectorStore.ts';

/** Windows of each snippet by the hash of its text, in their order; not yet known to be all of them. */
export type KnownWindows = ReadonlyMap<string, readonly WindowEntry[]>;

/** What the entries of an index say of snippets. */
export function knownWindows(entries: readonly WindowEntry[]): KnownWindows {
  const ofSnippet = new Map<string, WindowEntry[]>();
  for (const entry of entries) pushTo(ofSnippet, entry.snippetId, entry);
  const known = new Map<string, readonly WindowEntry[]>();
  for (const windows of ofSnippet.values())
    known.set(
      windows[0]!.snippetHash,
      windows.sort((a, b) => a.start - b.start),
    );
  return known;
}

/**
 * The snippet's windows, each with the hash of its text; undefined where they are not known, or only some of them are, as after a kill.
 * Texts are made anew and compared with the hashes of those that were embedded.
 */
export function windowsAsKnown(snippet: Snippet, known: KnownWindows): (Window & { textHash: string })[] | undefined {
  const { id: snippetId, hash, body, headingPath } = snippet;
  const entries = known.get(hash);
  if (!entries) return undefined;
  let at = 0;
  for (const { snippetHash, start, end } of entries) {
    if (snippetHash !== hash || start !== at) return undefined;
    at = end;
  }
  if (at !== body.length) return undefined;
  if (entries.length === 1 && entries[0]!.textHash === hash)
    return [{ text: snippet.text, snippetId, start: 0, end: at, textHash: hash }];
  // A long heading path loses its beginning. One that was cut inside its last heading is found by splitting alone.
  for (let from = 0; from <= headingPath.length; from++) {
    const prefix = pathPrefix(headingPath, from);
    const windows: (Window & { textHash: string })[] = [];
    for (const { start, end, textHash } of entries) {
      const text = windowText(prefix, body, start, end);
      if (contentHash(text) !== textHash) break;
      windows.push({ text, snippetId, start, end, textHash });
    }
    if (windows.length === entries.length) return windows;
  }
  return undefined;
}
