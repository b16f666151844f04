// Makes the repository's files of the embedded model out of layers.ts's weights: packed weights, configuration, manifest with checksum.
//   node --import tsx models/build/pack.ts WEIGHTS.safetensors models/kb-recall-small SIGNS
// SIGNS is how many of the last values of a word's vector are signs (words.ts --signs).
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sentenceTransformersFiles } from '../../src/engine/modelStore.ts';
import { expandWeights, PACKED_FILE, packWeights } from '../../src/engine/packedWeights.ts';
import { SafetensorsFile, writeSafetensors } from '../../src/engine/safetensors.ts';
import { APART, segmentsOf } from './shape.ts';

/**
 * Shares of the rate at which the signs move, in a large base and in one that is small beside its questions: there they forget least at rest, and
 * where snippets are many the questions of a development base of 30,000 gained most with all of the rate (bench/README.md).
 */
const SIGN_RATES = [1, 0] as const;

const [source, folder, signs] = process.argv.slice(2);
if (!source || !folder || !signs) throw new Error('usage: pack.ts WEIGHTS.safetensors FOLDER SIGNS');

const file = await SafetensorsFile.open(source);
const tensors = await Promise.all(
  [...file.tensors].map(async ([name, { dims }]) => ({ name, dims, data: await file.readFloat32(name) })),
);
await file.close();
const layers = new Set(tensors.flatMap(({ name }) => /encoder\.layer\.(\d+)/.exec(name)?.[1] ?? [])).size;
const word = tensors.find(({ name }) => name === 'embeddings.word_embeddings.weight')!;
const [vocabulary, hidden] = word.dims as [number, number];
const places = tensors.find(({ name }) => name === 'embeddings.position_embeddings.weight')!.dims[0]!;

const feedForward = tensors.find(({ name }) => name === 'encoder.layer.0.intermediate.dense.bias')!.dims[0]!;

const json = async (name: string, value: unknown): Promise<void> => {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
};
await json('config.json', {
  architectures: ['BertModel'],
  model_type: 'bert',
  hidden_size: hidden,
  num_hidden_layers: layers,
  num_attention_heads: hidden / 64,
  intermediate_size: feedForward,
  vocab_size: vocabulary,
  max_position_embeddings: places,
  type_vocab_size: 2,
  layer_norm_eps: 1e-12,
  hidden_act: 'gelu',
  hidden_dropout_prob: 0.1,
  attention_probs_dropout_prob: 0.1,
  initializer_range: 0.02,
  position_embedding_type: 'absolute',
  pad_token_id: 0,
  // What attention knows words by, and what keeps their rows equally long (see shape.ts), stay; the signs by which texts meet do so in a small base.
  kb_recall_column_rates: [
    [APART, 0],
    [hidden - Number(signs), 1],
    [hidden, ...SIGN_RATES],
  ],
});
const profile = { queryPrefix: '', passagePrefix: '', pooling: 'mean' as const, maxTokens: 256, dimension: hidden };
for (const [name, value] of sentenceTransformersFiles(profile)) await json(name, value);

const packed = join(folder, PACKED_FILE);
await writeSafetensors(
  packed,
  packWeights(tensors, (name) => (name === word.name ? segmentsOf(hidden, Number(signs)) : undefined)),
  { metadata: { format: 'pt' } },
);
const trial = join(folder, 'expanded.tmp');
const expandedSha256 = await expandWeights(packed, trial);
await rm(trial);
const { dimension: _, ...kept } = profile;
await json('kb_recall.json', { id: 'kb-recall-small', profile: kept, expandedSha256 });
console.log(`${folder}: ${layers} layers x ${hidden}, ${vocabulary} words, checksum ${expandedSha256}`);
