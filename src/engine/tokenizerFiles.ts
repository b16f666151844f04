// Reads tokenizer.json and its configuration, evens out the differences between versions of the format,
// and refuses what could only be tokenized wrongly.
import { errors } from '../core/errors.ts';
import { readModelJson } from './modelManifest.ts';
import type { UnigramModel } from './unigram.ts';

interface Part {
  type: string;
  [key: string]: unknown;
}

/** tokenizer.json, as far as it is looked at. */
export interface TokenizerJson {
  model: Part;
  normalizer: Part | null;
  pre_tokenizer: Part | null;
  post_processor: Part | null;
  decoder: Part | null;
  added_tokens: { content: string; id: number; special?: boolean }[];
}

/** The files of one tokenizer, ready for @xenova/transformers. */
export interface TokenizerFiles {
  json: TokenizerJson;
  config: Record<string, unknown>;
  /** The Unigram model, taken out of `json` because it is run by `unigram.ts`. */
  unigram?: UnigramModel;
}

// What @xenova/transformers does as the Rust library does, with the corrections of tokenizer.ts. It accepts more
// (Punctuation, Digits, Split with other behaviours), but gives other words there.
const PRE_TOKENIZERS = new Set([
  'BertPreTokenizer',
  'WhitespaceSplit',
  'Whitespace',
  'Metaspace',
  'ByteLevel',
  'Split',
]);
const NORMALIZERS = new Set(
  'BertNormalizer Precompiled Replace NFC NFKC NFKD Strip StripAccents Lowercase Prepend'.split(' '),
);
const SPECIAL_TOKENS = 'bos_token eos_token unk_token sep_token pad_token cls_token mask_token'.split(' ');

/** Reads and checks the tokenizer files of a model folder. */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const files = await readChecked(folder);
  const problem = vocabularyProblem(files);
  if (problem !== undefined) throw errors.modelFileBroken(folder, 'tokenizer.json', problem);
  return files;
}

/** What is wrong with tokens and ids; undefined where all is well. */
function vocabularyProblem({ json, unigram }: TokenizerFiles): string | undefined {
  const isId = (id: unknown): boolean => Number.isSafeInteger(id) && (id as number) >= 0;
  if (!json.added_tokens.every((token) => typeof token?.content === 'string' && isId(token.id)))
    return 'an added token has no text or no id';
  if (unigram) {
    const isPiece = (piece: unknown): boolean =>
      Array.isArray(piece) && typeof piece[0] === 'string' && Number.isFinite(piece[1]);
    return unigram.vocab.every(isPiece) ? undefined : 'a piece of its vocabulary is no text with a number';
  }
  const { vocab } = json.model;
  if (typeof vocab !== 'object' || vocab === null || Array.isArray(vocab)) return 'its vocabulary is no object';
  return Object.values(vocab).every(isId) ? undefined : 'a token of its vocabulary has no id';
}

async function readChecked(folder: string): Promise<TokenizerFiles> {
  const json = (await readJson(folder, 'tokenizer.json', true)) as unknown as TokenizerJson;
  const config = await readJson(folder, 'tokenizer_config.json', false);
  const special = await readJson(folder, 'special_tokens_map.json', false);
  const unsupported = (what: string) => errors.tokenizerUnsupported(folder, what);
  if (typeof json.model !== 'object' || json.model === null) {
    throw errors.modelFileBroken(folder, 'tokenizer.json', 'it has no "model"');
  }

  const model = json.model;
  // Files written before 2021 name no type.
  model.type ??= Array.isArray(model.vocab) ? 'Unigram' : 'merges' in model ? 'BPE' : 'WordPiece';
  json.normalizer ??= null;
  json.pre_tokenizer ??= null;
  json.post_processor ??= null;
  json.added_tokens ??= [];
  // Only decoding needs it, and an unknown one would stop xenova.
  json.decoder = null;
  if (!Array.isArray(json.added_tokens)) {
    throw errors.modelFileBroken(folder, 'tokenizer.json', '"added_tokens" is no list');
  }
  for (const part of flatten(json.normalizer, 'normalizers')) {
    if (!NORMALIZERS.has(part.type)) {
      throw unsupported(`the normalizer ${part.type}`);
    }
  }
  for (const part of flatten(json.pre_tokenizer, 'pretokenizers')) {
    if (!PRE_TOKENIZERS.has(part.type)) {
      throw unsupported(`the pre-tokenizer ${part.type}`);
    }
    if (part.type === 'Split' && part.behavior !== (part.invert ? 'Removed' : 'Isolated')) {
      throw unsupported(`the pre-tokenizer Split with behaviour ${part.behavior}`);
    }
    if (part.type === 'Metaspace') {
      // Newer files say prepend_scheme only; xenova would leave the space before the first word out.
      part.add_prefix_space ??= part.prepend_scheme !== 'never';
    }
  }

  for (const name of SPECIAL_TOKENS) {
    // xenova accepts objects only with a `__type`, which newer files leave out.
    const token = config[name] ?? special[name];
    config[name] = typeof token === 'object' && token !== null ? (token as { content?: unknown }).content : token;
  }

  let unigram: UnigramModel | undefined;
  if (model.type === 'Unigram') {
    if (model.byte_fallback) {
      throw unsupported('Unigram with byte fallback');
    }
    unigram = model as unknown as UnigramModel;
    if (!Array.isArray(unigram.vocab) || typeof unigram.unk_id !== 'number' || !unigram.vocab[unigram.unk_id]) {
      throw unsupported('a Unigram model without an unknown piece');
    }
    // A stand-in: xenova would build a trie of Maps, seconds and hundreds of megabytes for 250,000 pieces.
    json.model = { type: 'Unigram', vocab: [unigram.vocab[unigram.unk_id]], unk_id: 0 };
  } else if (model.type === 'BPE') {
    if (model.byte_fallback) {
      throw unsupported('BPE with byte fallback');
    }
    // Newer files hold pairs instead of "left right".
    const merges = model.merges as (string | string[])[];
    if (!Array.isArray(merges)) {
      throw errors.modelFileBroken(folder, 'tokenizer.json', '"merges" is no list');
    }
    model.merges = merges.map((merge) => (Array.isArray(merge) ? merge.join(' ') : merge));
  } else if (model.type !== 'WordPiece') {
    throw unsupported(`the tokenizer model ${model.type}`);
  }
  return { json, config, unigram };
}

function flatten(part: Part | null, children: string): Part[] {
  if (part === null) {
    return [];
  }
  const list = part.type === 'Sequence' ? part[children] : undefined;
  return Array.isArray(list) ? (list as Part[]).flatMap((child) => flatten(child, children)) : [part];
}

async function readJson(folder: string, file: string, required: boolean): Promise<Record<string, unknown>> {
  const value = await readModelJson(folder, file);
  if (value === undefined && required) {
    throw errors.modelFileMissing(folder, file);
  }
  return (value ?? {}) as Record<string, unknown>;
}
