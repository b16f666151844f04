// The one index below a folder, opened whatever model made it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MANIFEST, parseManifest } from '../../src/engine/indexManifest.ts';
import { openIndex, type VectorIndex } from '../../src/engine/vectorStore.ts';

/** Throws where there is none or it is damaged. */
export async function onlyIndex(indexes: string): Promise<VectorIndex> {
  const names = readdirSync(indexes, { recursive: true, encoding: 'utf8' });
  const [manifest] = names.filter((name) => name.endsWith(MANIFEST));
  if (manifest === undefined) throw new Error(`${indexes} holds no index.`);
  const folder = join(indexes, manifest, '..');
  const { stamp } = parseManifest(readFileSync(join(folder, MANIFEST), 'utf8'));
  const { index, notice } = await openIndex(folder, stamp);
  if (notice) throw new Error(notice.message);
  return index;
}
