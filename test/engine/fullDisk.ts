// Run by foreignModels.test.ts on a disk of 12 MB: saves a tuned model, then one with other weights and files that do not fit.
import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../src/core/errors.ts';
import { openModelFolder } from '../../src/engine/modelFolder.ts';
import { saveModel } from '../../src/engine/modelStore.ts';
import { loadWeights } from '../../src/engine/modelWeights.ts';

const root = process.argv[2]!;
const base = join(root, 'model');
const tuned = join(root, 'disk/tuned');
const weights = (): Promise<Buffer> => readFile(join(tuned, 'model.safetensors'));

async function main(): Promise<void> {
  const folder = await openModelFolder(base);
  const model = await loadWeights(folder);
  await rename(join(base, 'vocab.txt'), join(base, 'kept'));
  await saveModel(tuned, folder, model, { id: 'tuned' });
  await rename(join(base, 'kept'), join(base, 'vocab.txt'));
  const before = await weights();
  for (const { data } of model.weights.values()) data.fill(0.5);
  const error = await saveModel(tuned, folder, model, { id: 'tuned' }).catch((reason: unknown) => reason);
  if (!(error instanceof UserError)) throw error ?? new Error('the model was saved');
  const left = await readdir(join(root, 'disk'));
  console.log(JSON.stringify({ code: error.code, message: error.message, left, same: before.equals(await weights()) }));
}

await main();
