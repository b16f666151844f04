// Saves tuned models as folders that every other tool reads, and lists the models there are.
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Graph, Tensor } from '../autodiff/graph.ts';
import { encodeModel } from '../autodiff/proto.ts';
import { replaceFolderAtomic } from './atomicFile.ts';
import type { ModelProfile } from './encoder.ts';
import { buildBert } from './graphs/bert.ts';
import type { ModelFolder } from './modelFolder.ts';
import { fileSha256 } from './modelHash.ts';
import { MANIFEST_FILE, type ModelManifest, readManifest } from './modelManifest.ts';
import type { ModelWeights } from './modelWeights.ts';
import { writeSafetensors } from './safetensors.ts';

const TOKENIZER_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'vocab.txt',
  'sentencepiece.bpe.model',
];

/**
 * Writes the model to `folder` as a whole or not at all: ONNX fp32, safetensors, tokenizer, sentence-transformers configuration, manifest,
 * and what `more` adds to the folder before it appears.
 */
export async function saveModel(
  folder: string,
  base: ModelFolder,
  model: ModelWeights,
  manifest: ModelManifest,
  more: (temp: string) => Promise<void> = async () => undefined,
): Promise<void> {
  const bytes = [...model.weights.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  await replaceFolderAtomic(
    folder,
    async (temp) => {
      const json = async (name: string, value: unknown): Promise<void> => {
        await mkdir(dirname(join(temp, name)), { recursive: true });
        await writeFile(join(temp, name), `${JSON.stringify(value, null, 2)}\n`);
      };
      for (const name of TOKENIZER_FILES) await copyFile(join(base.path, name), join(temp, name)).catch(ignoreMissing);
      await json('config.json', { ...base.storedConfig, torch_dtype: 'float32' });
      for (const [name, value] of sentenceTransformersFiles(base.profile)) await json(name, value);
      if (model.bert)
        await writeSafetensors(
          join(temp, 'model.safetensors'),
          [...model.weights].map(([name, { dims, data }]) => ({ name, dtype: 'F32', dims, data })),
          { metadata: { format: 'pt' } },
        );
      await mkdir(join(temp, 'onnx'), { recursive: true });
      await writeFile(join(temp, 'onnx', 'model.onnx'), encodeModel(inferenceGraph(model)));
      const sha256: Record<string, string> = {};
      for (const name of ['model.safetensors', 'onnx/model.onnx', 'tokenizer.json']) {
        const sum = await fileSha256(join(temp, name)).catch(ignoreMissing);
        if (sum) sha256[name] = sum;
      }
      await json(MANIFEST_FILE, { ...manifest, sha256, profile: profileOf(base.profile) });
      await more(temp);
    },
    // Both forms of the weights, and some room for the rest.
    { bytes: bytes * 2 + 8e6 },
  );
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** The inference graph with its weights inside: our own in standard operators, an exported one as it came. */
export function inferenceGraph(model: ModelWeights): Graph {
  const tensors = new Map<string, Tensor>(
    [...model.weights].map(([name, { dims, data }]) => [name, { type: 'float32', dims, data }]),
  );
  if (model.bert) return withoutRuntimeDomain(buildBert(model.bert, tensors, { portable: true }));
  const graph = model.stored ?? model.graph;
  return {
    ...graph,
    inputs: graph.inputs.filter((input) => !tensors.has(input.name)),
    initializers: new Map([...graph.initializers, ...tensors]),
  };
}

function withoutRuntimeDomain(graph: Graph): Graph {
  return { ...graph, opsets: new Map([...graph.opsets].filter(([domain]) => domain === '')) };
}

const profileOf = ({ queryPrefix, passagePrefix, pooling, maxTokens }: ModelProfile): ModelManifest['profile'] => ({
  queryPrefix,
  passagePrefix,
  pooling,
  maxTokens,
});

/** The files by which sentence-transformers knows how to use the model. */
export function sentenceTransformersFiles(profile: ModelProfile): [string, unknown][] {
  return [
    [
      'modules.json',
      [
        { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
        { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
        { idx: 2, name: '2', path: '2_Normalize', type: 'sentence_transformers.models.Normalize' },
      ],
    ],
    [
      '1_Pooling/config.json',
      {
        word_embedding_dimension: profile.dimension,
        pooling_mode_cls_token: profile.pooling === 'cls',
        pooling_mode_mean_tokens: profile.pooling === 'mean',
        pooling_mode_max_tokens: false,
        pooling_mode_mean_sqrt_len_tokens: false,
      },
    ],
    ['sentence_bert_config.json', { max_seq_length: profile.maxTokens, do_lower_case: false }],
    [
      'config_sentence_transformers.json',
      { prompts: { query: profile.queryPrefix, passage: profile.passagePrefix }, default_prompt_name: null },
    ],
  ];
}

/** A model that can be named on the command line. */
export interface ModelListing {
  id: string;
  path: string;
  baseModel?: string;
  /** Figures and settings of the run that made it. */
  training?: unknown;
}

/** Models below the given folders, `owner/name` included, sorted by id; the first of two with the same name wins. */
export async function listModels(folders: readonly string[]): Promise<ModelListing[]> {
  const found = new Map<string, ModelListing>();
  const visit = async (folder: string, prefix: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      const files = await readdir(path).catch((): string[] => []);
      const id = prefix + entry.name;
      if (files.includes('config.json')) {
        if (found.has(id)) continue;
        // A broken one is told when the model is opened; it must not hide all others.
        const manifest: ModelManifest = await readManifest(path).catch(() => ({}));
        found.set(id, { id, path, baseModel: manifest.baseModel, training: manifest.training });
      } else if (prefix === '') await visit(path, `${entry.name}/`);
    }
  };
  for (const folder of folders) await visit(folder, '');
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
