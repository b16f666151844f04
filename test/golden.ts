// Golden files: expected text kept beside the tests, rewritten with UPDATE_GOLDEN=1.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

/** Compares with `test/golden/NAME.txt`; the last line break is not compared. */
export function assertGolden(name: string, actual: string): void {
  const file = new URL(`golden/${name}.txt`, import.meta.url);
  const text = `${actual.trimEnd()}\n`;
  if (process.env.UPDATE_GOLDEN) {
    writeFileSync(file, text);
    return;
  }
  assert.equal(text, readFileSync(file, 'utf8'), `test/golden/${name}.txt differs; UPDATE_GOLDEN=1 rewrites it`);
}
