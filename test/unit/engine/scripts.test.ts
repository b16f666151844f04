// Which scripts a tokenizer reads: the embedded one, and stand-ins for the ways in which one can fail to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Tokenizer } from '../../../src/engine/encoder.ts';
import { readsScript } from '../../../src/engine/scripts.ts';
import { loadTokenizer } from '../../../src/engine/tokenizer.ts';

/** A tokenizer that cuts by `split` and knows what `knows` says; everything else is token 1. */
function tokenizer(split: RegExp, knows: (part: string) => boolean): Tokenizer {
  const parts = (text: string): string[] => text.split(split).filter((part) => part.trim() !== '');
  const ids = new Map<string, number>();
  const id = (part: string): number => {
    if (!knows(part)) return 1;
    if (!ids.has(part)) ids.set(part, ids.size + 2);
    return ids.get(part)!;
  };
  const encode = (text: string): Int32Array => Int32Array.from(parts(text), id);
  return { encode, count: (text) => parts(text).length, overhead: 0, padId: 0, vocabularySize: 1000 };
}

test('the embedded model reads English and Chinese', async () => {
  const embedded = await loadTokenizer(fileURLToPath(new URL('../../../models/kb-recall-small', import.meta.url)));
  assert.deepEqual(
    ['Latin', 'Han'].map((script) => readsScript(embedded, script)),
    [true, true],
  );
});

test('a script whose words are all unknown, or that is only spelt, is not read', () => {
  const english = tokenizer(/ /, (word) => /^[a-z]+$/.test(word));
  assert.deepEqual(
    ['Latin', 'Han', 'Cyrillic'].map((script) => readsScript(english, script)),
    [true, false, false],
  );
  const letters = tokenizer(/(?:)/u, () => true);
  assert.equal(readsScript(letters, 'Cyrillic'), false, 'letter by letter');
  assert.equal(readsScript(letters, 'Han'), true, 'a Chinese character is a word');
  assert.equal(readsScript(english, 'Cherokee'), true, 'nothing is known of it');
});
