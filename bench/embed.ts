// Prints the vectors that this engine gives texts as JSON, for comparison with other tools (test/reference/check_export.py).
// How to run: node --import tsx bench/embed.ts FOLDER [--side query|passage] [--texts FILE]
// FILE holds a JSON list of texts; without it they come from standard input. Prints {model, profile, warnings, vectors}.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Embedder } from '../src/engine/embedder.ts';
import { resolveModel } from '../src/engine/hub.ts';
import { openModelFolder } from '../src/engine/modelFolder.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    side: { type: 'string', default: 'passage' },
    texts: { type: 'string' },
    home: { type: 'string', default: '.kb-recall' },
  },
});
const [name] = positionals;
const { side } = values;
if (name === undefined || (side !== 'query' && side !== 'passage'))
  throw new Error('embed.ts FOLDER [--side query|passage] [--texts FILE]');

const texts: string[] = JSON.parse(readFileSync(values.texts ?? 0, 'utf8'));
const folder = await openModelFolder(await resolveModel(name, { modelsFolder: `${values.home}/models` }));
const embedder = await Embedder.open(folder);
try {
  const { dimension } = folder.profile;
  const all = await embedder.embed(texts, side);
  const vectors = texts.map((_, i) => [...all.subarray(i * dimension, (i + 1) * dimension)]);
  const { id, profile, warnings } = folder;
  process.stdout.write(`${JSON.stringify({ model: id, profile, warnings, vectors })}\n`);
} finally {
  await embedder.close();
}
