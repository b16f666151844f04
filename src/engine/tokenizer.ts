// Text to token ids through @xenova/transformers: the only file that imports it.
// The sub-path modules are used, not its index, which would load image and audio code.
import { errors, UserError } from '../core/errors.ts';
import type { Tokenizer } from './encoder.ts';
import { correctNormalizer, correctPreTokenizer } from './tokenizerCorrections.ts';
import { readTokenizerFiles, type TokenizerFiles, type TokenizerJson } from './tokenizerFiles.ts';
import { Unigram } from './unigram.ts';

// Words whose ids are remembered; on two million words of prose under 100,000 are distinct.
const CACHE_WORDS = 50_000;
const CACHE_WORD_LENGTH = 40;
// From this length on, V8 makes substrings as references into the whole string.
const SLICED_LENGTH = 13;

/** Loads the tokenizer of a local model folder; never touches the network. */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const files = await readTokenizerFiles(folder);
  try {
    const tokenizer = await tokenizerOf(folder, files);
    // A part that does not work shows here, and not in the middle of an indexing.
    tokenizer.encode('Aé 退款, 10 %');
    return tokenizer;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw errors.tokenizerUnsupported(folder, `parts that do not work (${(error as Error).message})`);
  }
}

async function tokenizerOf(folder: string, files: TokenizerFiles): Promise<Tokenizer> {
  const { PreTrainedTokenizer } = await import('@xenova/transformers/src/tokenizers.js');
  let inner: InstanceType<typeof PreTrainedTokenizer>;
  try {
    inner = new PreTrainedTokenizer(files.json, files.config);
  } catch (error) {
    throw errors.tokenizerUnsupported(folder, (error as Error).message);
  }
  correctNormalizer(inner.normalizer);
  correctPreTokenizer(inner.pre_tokenizer, files.json.pre_tokenizer);

  const ids = tokenIds(files);
  const unigram = files.unigram && new Unigram(files.unigram);
  const unknownId = inner.model.unk_token_id;
  const splitAtSpaceMark = splitsAtSpaceMark(files);

  // The post-processor of xenova sets the special tokens around a text; where, shows with one marked token.
  const mark = '\u0000text';
  const framed = inner.post_processor?.post_process([mark], null, { add_special_tokens: true }).tokens ?? [mark];
  const toSpecialIds = (tokens: string[]) =>
    tokens.map((token) => {
      const id = ids.get(token);
      if (id === undefined) {
        throw errors.tokenizerUnsupported(folder, `the special token ${token}, which is not in its vocabulary`);
      }
      return id;
    });
  const at = framed.indexOf(mark);
  const before = toSpecialIds(framed.slice(0, at));
  const after = toSpecialIds(framed.slice(at + 1));
  const overhead = before.length + after.length;
  let vocabularySize = 0;
  for (const id of ids.values()) {
    vocabularySize = Math.max(vocabularySize, id + 1);
  }

  const cache = new Map<string, number[]>();
  const addWord = (word: string, out: number[]): void => {
    const known = cache.get(word);
    if (known !== undefined) {
      for (const id of known) {
        out.push(id);
      }
      return;
    }
    const first = out.length;
    if (unigram) {
      unigram.segment(word, out);
    } else {
      for (const token of inner.model.encode([word])) {
        const id = ids.get(token) ?? unknownId;
        // A BPE model without an unknown token drops what it does not know, as in Rust.
        if (id !== undefined) {
          out.push(id);
        }
      }
    }
    if (word.length <= CACHE_WORD_LENGTH) {
      if (cache.size >= CACHE_WORDS) {
        cache.clear();
        // xenova's own cache of BPE words has no bound.
        inner.model.cache?.clear();
      }
      // A word cut out of a text keeps the whole text in memory; joined anew it stands alone.
      cache.set(word.length < SLICED_LENGTH ? word : word.split('').join(''), out.slice(first));
    }
  };

  const addedIds = new Map(inner.added_tokens.map((token) => [token.content, token.id]));
  /** Ids without special tokens; may stop once there are `enough`. */
  const tokenize = (text: string, enough: number): number[] => {
    const out: number[] = [];
    // `split` with one group per added token gives undefined for the groups that did not match.
    const sections = inner.added_tokens_regex ? text.split(inner.added_tokens_regex).filter(Boolean) : [text];
    for (let index = 0; index < sections.length && out.length < enough; index++) {
      const section = sections[index]!;
      const added = addedIds.get(section);
      if (added !== undefined) {
        out.push(added);
        continue;
      }
      const normal = inner.normalizer ? inner.normalizer.normalize(section) : section;
      if (normal.length === 0) {
        continue;
      }
      const words = inner.pre_tokenizer ? inner.pre_tokenizer.pre_tokenize(normal, { section_index: index }) : [normal];
      for (const word of words) {
        if (out.length >= enough) {
          break;
        }
        if (splitAtSpaceMark) {
          for (const piece of word.split(/(?=▁)/)) {
            addWord(piece, out);
          }
        } else {
          addWord(word, out);
        }
      }
    }
    return out;
  };

  return {
    encode(text, maxTokens = Number.POSITIVE_INFINITY) {
      const room = Math.max(0, maxTokens - overhead);
      const content = tokenize(text, room);
      const length = Math.min(content.length, room);
      const result = new Int32Array(length + overhead);
      result.set(before);
      for (let i = 0; i < length; i++) {
        result[before.length + i] = content[i]!;
      }
      result.set(after, before.length + length);
      return result;
    },
    count: (text) => tokenize(text, Number.POSITIVE_INFINITY).length,
    overhead,
    padId: ids.get(String(files.config.pad_token)) ?? ids.get('[PAD]') ?? ids.get('<pad>') ?? 0,
    vocabularySize,
  };
}

/** Every token with its id, added tokens included. */
function tokenIds({ json, unigram }: TokenizerFiles): Map<string, number> {
  const ids = unigram
    ? new Map(unigram.vocab.map(([piece], id) => [piece, id]))
    : new Map(Object.entries(json.model.vocab as Record<string, number>));
  for (const token of json.added_tokens) {
    ids.set(token.content, token.id);
  }
  return ids;
}

function splitsAtSpaceMark({ json }: TokenizerFiles): boolean {
  let last = json.pre_tokenizer;
  while (last?.type === 'Sequence') {
    last = (last.pretokenizers as TokenizerJson['pre_tokenizer'][]).at(-1) ?? null;
  }
  // Rust's Metaspace cuts before each mark, xenova's leaves the text whole; short words can be remembered.
  return last?.type === 'Metaspace' && last.replacement === '▁' && last.split !== false;
}
