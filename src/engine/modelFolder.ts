// Opens a model folder: reads its configuration, decides how the model must be used, and refuses what would give wrong vectors.
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { ModelMisuse } from '../core/causes/cause.ts';
import { errors } from '../core/errors.ts';
import { recoverFolder } from './atomicFile.ts';
import type { ModelProfile, Pooling, Tokenizer } from './encoder.ts';
import { type ModelManifest, readManifest, readModelJson } from './modelManifest.ts';
import { findProfile } from './modelProfiles.ts';
import { PACKED_FILE } from './packedWeights.ts';
import { loadTokenizer } from './tokenizer.ts';

/**
 * Parts of a table's rows: the column before which each ends, the share of the learning rate at which it moves (0: it stays as it is), and that
 * share where a knowledge base is small beside its questions, if it is another one.
 */
export type ColumnRates = readonly (readonly [end: number, share: number, sparseShare?: number])[];

/** config.json: the figures KB Recall reads, checked, under BERT's names; everything else stays as it is. */
export interface ModelConfig {
  model_type: string;
  hidden_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  vocab_size: number;
  intermediate_size?: number;
  max_position_embeddings?: number;
  type_vocab_size?: number;
  pad_token_id?: number | null;
  layer_norm_eps?: number;
  hidden_act?: string;
  position_embedding_type?: string;
  relative_attention_num_buckets?: number;
  _name_or_path?: string;
  /** How fast training moves each part of a word's vector; all of it at the whole rate where the file says nothing. */
  kb_recall_column_rates?: ColumnRates;
  [key: string]: unknown;
}

/** A model folder that was read and found usable. */
export interface ModelFolder {
  /** Absolute. */
  path: string;
  /** Name under which indexes know the model. */
  id: string;
  config: ModelConfig;
  /** config.json as it stands, to be written beside tuned weights. */
  storedConfig: Readonly<Record<string, unknown>>;
  manifest: ModelManifest;
  profile: ModelProfile;
  /** Absolute paths of the weights that are there, at least one. */
  weights: { safetensors?: string; onnx?: string };
  /** Things the author should know, one sentence each. */
  warnings: string[];
  /** Where the profile is not what the model's own files, or models of its name, ask for. */
  misuses: ModelMisuse[];
}

// XLM-RoBERTa and its kin keep the positions up to the pad id for padding.
const OFFSET_POSITIONS = new Set(['xlm-roberta', 'roberta', 'camembert', 'mpnet']);
// DistilBERT's own names for what the others call alike.
const OTHER_NAMES: Record<string, string> = {
  dim: 'hidden_size',
  n_layers: 'num_hidden_layers',
  n_heads: 'num_attention_heads',
  hidden_dim: 'intermediate_size',
  activation: 'hidden_act',
};
// tokenizer_config.json says 1e30 for "no limit".
const ABSURD_TOKENS = 1_000_000;
const DEFAULT_TOKENS = 512;
/** Far beyond any encoder: a figure above it is damage, and would make a graph without end before a weight is read. */
const MOST: Record<string, number> = {
  hidden_size: 65_536,
  num_hidden_layers: 1_000,
  num_attention_heads: 65_536,
  vocab_size: 10_000_000,
  intermediate_size: 1_000_000,
  max_position_embeddings: 10_000_000,
  type_vocab_size: 10_000,
};
const TYPES: Record<string, string> = {
  pad_token_id: 'number',
  layer_norm_eps: 'number',
  hidden_act: 'string',
  position_embedding_type: 'string',
  _name_or_path: 'string',
};

/** Reads and checks a model folder. */
export async function openModelFolder(path: string): Promise<ModelFolder> {
  const folder = resolve(path);
  await recoverFolder(folder);
  const storedConfig = await readStoredConfig(folder);
  const config = checkedConfig(folder, storedConfig);
  const weights = await findWeights(folder);
  if (!(await exists(join(folder, 'tokenizer.json')))) {
    throw errors.modelFileMissing(folder, 'tokenizer.json');
  }
  const manifest = await readManifest(folder);
  const warnings: string[] = [];
  const names = [basename(folder), manifest.id, manifest.baseModel, config._name_or_path];
  const { profile: known, misfit } = findProfile(names, config.vocab_size);
  if (misfit !== undefined) {
    warnings.push(`The model is named like ${misfit}, but its vocabulary of ${config.vocab_size} is not that model's.`);
  }

  const stated = await readPooling(folder);
  const pooling = manifest.profile?.pooling ?? stated?.pooling ?? known?.pooling ?? 'mean';
  if (stated && known && stated.pooling !== known.pooling) {
    warnings.push(`Its files say ${stated.pooling} pooling, although models of this name use ${known.pooling}.`);
  }
  if (!manifest.profile?.pooling && !stated && !known) {
    warnings.push('Nothing says how the model pools its tokens (no 1_Pooling/config.json): mean is assumed.');
  }
  if (stated?.width !== undefined && stated.width !== config.hidden_size) {
    throw errors.modelFileBroken(
      folder,
      stated.file,
      `it says ${stated.width} dimensions, but config.json says ${config.hidden_size}`,
    );
  }

  const prompts = await readPrompts(folder);
  const profile: ModelProfile = {
    queryPrefix: manifest.profile?.queryPrefix ?? prompts.query ?? known?.queryPrefix ?? '',
    passagePrefix: manifest.profile?.passagePrefix ?? prompts.passage ?? known?.passagePrefix ?? '',
    pooling,
    maxTokens: await readMaxTokens(folder, config, [manifest.profile?.maxTokens, known?.maxTokens], warnings),
    dimension: config.hidden_size,
  };
  const misuses = misusesOf(profile, {
    pooling: known?.pooling ?? stated?.pooling,
    queryPrefix: prompts.query ?? (known && (known.queryPrefix ?? '')),
    passagePrefix: prompts.passage ?? (known && (known.passagePrefix ?? '')),
  });
  const id = manifest.id ?? basename(folder);
  return { path: folder, id, config, storedConfig, manifest, profile, weights, warnings, misuses };
}

/** What of the profile differs from what is asked for; nothing is asked where a value is undefined. */
function misusesOf(
  profile: ModelProfile,
  asked: Partial<Pick<ModelProfile, 'pooling' | 'queryPrefix' | 'passagePrefix'>>,
): ModelMisuse[] {
  const parts = [
    ['pooling', 'pooling'],
    ['queryPrefix', 'query prefix'],
    ['passagePrefix', 'passage prefix'],
  ] as const;
  return parts.flatMap(([key, part]) => {
    const expected = asked[key];
    return expected === undefined || expected === profile[key] ? [] : { part, used: profile[key], expected };
  });
}

/** Loads the tokenizer of an opened folder and checks that the model has a row for each of its tokens. */
export async function loadModelTokenizer(folder: ModelFolder): Promise<Tokenizer> {
  const tokenizer = await loadTokenizer(folder.path);
  // The other way round is common: e5-small has 250,037 rows for 250,002 tokens.
  if (tokenizer.vocabularySize > folder.config.vocab_size) {
    throw errors.vocabularyMismatch(folder.path, tokenizer.vocabularySize, folder.config.vocab_size);
  }
  return tokenizer;
}

async function readStoredConfig(folder: string): Promise<Record<string, unknown>> {
  const config = (await readModelJson(folder, 'config.json')) as Record<string, unknown> | undefined;
  if (config === undefined) {
    throw errors.modelFileMissing(folder, 'config.json');
  }
  return config;
}

function checkedConfig(folder: string, stored: Record<string, unknown>): ModelConfig {
  const config = { ...stored } as ModelConfig;
  if (stored.model_type === 'distilbert') {
    for (const [name, common] of Object.entries(OTHER_NAMES)) {
      config[common] ??= stored[name];
    }
  }
  if (typeof config.model_type !== 'string') {
    throw errors.modelFileBroken(folder, 'config.json', 'it names no model_type');
  }
  for (const key of ['hidden_size', 'num_hidden_layers', 'num_attention_heads', 'vocab_size']) {
    if (!isCount(config[key])) {
      throw errors.modelFileBroken(folder, 'config.json', `${key} is ${config[key]} instead of a positive number`);
    }
  }
  for (const [key, most] of Object.entries(MOST)) {
    if (config[key] !== undefined && config[key] !== null && !(isCount(config[key]) && config[key] <= most)) {
      throw errors.modelFileBroken(
        folder,
        'config.json',
        `${key} is ${JSON.stringify(config[key])} instead of a number up to ${most}`,
      );
    }
  }
  for (const [key, type] of Object.entries(TYPES)) {
    if (config[key] !== undefined && config[key] !== null && typeof config[key] !== type) {
      throw errors.modelFileBroken(
        folder,
        'config.json',
        `${key} is ${JSON.stringify(config[key])} instead of a ${type}`,
      );
    }
  }
  const rates = config.kb_recall_column_rates;
  if (rates !== undefined && !areRates(rates, config.hidden_size)) {
    throw errors.modelFileBroken(
      folder,
      'config.json',
      `kb_recall_column_rates is ${JSON.stringify(rates)} instead of parts [end, share] or [end, share, share in a small base] with rising ends up to ${config.hidden_size} and shares from 0`,
    );
  }
  if (config.hidden_size % config.num_attention_heads !== 0) {
    const reason = `hidden_size ${config.hidden_size} is no multiple of ${config.num_attention_heads} heads`;
    throw errors.modelFileBroken(folder, 'config.json', reason);
  }
  return config;
}

async function findWeights(folder: string): Promise<ModelFolder['weights']> {
  const weights: ModelFolder['weights'] = {};
  for (const [kind, file] of [
    ['safetensors', 'model.safetensors'],
    ['onnx', 'onnx/model.onnx'],
    ['onnx', 'model.onnx'],
    // In the order of what they keep of the weights.
    ['onnx', 'onnx/model_fp16.onnx'],
    ['onnx', 'onnx/model_int8.onnx'],
    ['onnx', 'onnx/model_quantized.onnx'],
  ] as const) {
    if (weights[kind] === undefined && (await exists(join(folder, file)))) {
      weights[kind] = join(folder, file);
    }
  }
  if (!weights.safetensors && !weights.onnx) {
    if (await exists(join(folder, PACKED_FILE))) {
      throw new Error(`${folder} holds packed weights: expandPacked comes before openModelFolder.`);
    }
    throw errors.modelFileMissing(folder, 'model.safetensors or onnx/model.onnx');
  }
  return weights;
}

interface StatedPooling {
  pooling: Pooling;
  width: number | undefined;
  file: string;
}

/** Pooling as sentence-transformers stores it; checks modules.json on the way. */
async function readPooling(folder: string): Promise<StatedPooling | undefined> {
  const modules = await readModelJson(folder, 'modules.json');
  let place = '1_Pooling';
  if (modules !== undefined) {
    if (!Array.isArray(modules)) {
      throw errors.modelFileBroken(folder, 'modules.json', 'it is no list of modules');
    }
    const kinds: string[] = [];
    for (const each of modules as ({ type?: string; path?: string } | null)[]) {
      const { type, path } = each ?? {};
      const kind = /^sentence_transformers\..*?(\w+)$/.exec(String(type))?.[1] ?? '';
      if (!['Transformer', 'Pooling', 'Normalize'].includes(kind) || (kind === 'Transformer' && path)) {
        throw errors.modelModuleUnsupported(folder, path ? `${type} in ${path}` : String(type));
      }
      // A model folder is data: what it names lies in it.
      if (path !== undefined && (typeof path !== 'string' || /^[\\/]|:|(^|[\\/])\.\.([\\/]|$)/.test(path))) {
        throw errors.modelFileBroken(
          folder,
          'modules.json',
          `the path ${JSON.stringify(path)} leads out of the folder`,
        );
      }
      place = kind === 'Pooling' ? (path ?? place) : place;
      kinds.push(kind);
    }
    if (!/^Transformer,Pooling(,Normalize)?$/.test(kinds.join())) {
      throw errors.modelModuleUnsupported(folder, `the sequence ${kinds.join(', ')}`);
    }
  }
  const file = `${place}/config.json`;
  const config = (await readModelJson(folder, file)) as Record<string, unknown> | undefined;
  if (config === undefined) {
    if (modules !== undefined) {
      throw errors.modelFileMissing(folder, file);
    }
    return undefined;
  }
  // Older files have one flag per mode, newer ones a name.
  const flags = Object.keys(config).filter((key) => key.startsWith('pooling_mode_') && config[key] === true);
  const modes = config.pooling_mode !== undefined ? [config.pooling_mode].flat().map(String) : flags;
  const mode = modes.length === 1 ? modes[0]!.replace('pooling_mode_', '').replace(/_tokens?$/, '') : modes.join(' + ');
  if (mode !== 'mean' && mode !== 'cls') {
    throw errors.modelPoolingUnsupported(folder, file, mode || 'none');
  }
  if (config.include_prompt === false && mode === 'mean') {
    throw errors.modelPoolingUnsupported(folder, file, 'mean without the prompt');
  }
  const width = config.word_embedding_dimension ?? config.embedding_dimension;
  return { pooling: mode, width: typeof width === 'number' ? width : undefined, file };
}

/** Prefixes as sentence-transformers stores them; undefined where none is said. */
async function readPrompts(folder: string): Promise<{ query?: string; passage?: string }> {
  const config = ((await readModelJson(folder, 'config_sentence_transformers.json')) ?? {}) as {
    prompts?: Record<string, unknown>;
    default_prompt_name?: string | null;
  };
  const prompts = config.prompts ?? {};
  const pick = (...names: (string | null | undefined)[]): string | undefined => {
    for (const name of names) {
      // sentence-transformers 5 writes empty prompts into every model it saves, so an empty one says nothing.
      if (name && typeof prompts[name] === 'string' && prompts[name] !== '') {
        return prompts[name];
      }
    }
    return undefined;
  };
  return {
    query: pick('query', config.default_prompt_name),
    passage: pick('passage', 'document', config.default_prompt_name),
  };
}

async function readMaxTokens(
  folder: string,
  config: ModelConfig,
  others: (number | undefined)[],
  warnings: string[],
): Promise<number> {
  const sentence = (await readModelJson(folder, 'sentence_bert_config.json')) as Record<string, unknown> | undefined;
  const tokenizer = (await readModelJson(folder, 'tokenizer_config.json')) as Record<string, unknown> | undefined;
  if (sentence?.do_lower_case === true) {
    warnings.push('sentence_bert_config.json asks for lower case beside the tokenizer; this is not followed.');
  }
  const padding = OFFSET_POSITIONS.has(config.model_type) ? (config.pad_token_id ?? 1) + 1 : 0;
  const positions = config.max_position_embeddings;
  const limits = [
    ...others,
    sentence?.max_seq_length,
    tokenizer?.model_max_length,
    isCount(positions) ? positions - padding : undefined,
  ].filter((limit): limit is number => isCount(limit) && limit < ABSURD_TOKENS);
  return limits.length > 0 ? Math.min(...limits) : DEFAULT_TOKENS;
}

function areRates(rates: unknown, width: number): rates is ColumnRates {
  if (!Array.isArray(rates) || !rates.every((part) => Array.isArray(part) && [2, 3].includes(part.length)))
    return false;
  const parts = rates as unknown[][];
  const ends = parts.map(([end]) => end);
  return (
    ends.every((end, i) => isCount(end) && end > Number(ends[i - 1] ?? 0)) &&
    ends.at(-1) === width &&
    parts.every(([, ...shares]) => shares.every((share) => Number.isFinite(share) && (share as number) >= 0))
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    (info) => info.isFile(),
    () => false,
  );
}
