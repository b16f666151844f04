// Puts right what the normalizers and pre-tokenizers of @xenova/transformers 2.17 do otherwise than the Rust library
// that the models were trained with. Found by test/reference/tokenizer_golden.py.
import type { TokenizerJson } from './tokenizerFiles.ts';

/** As much of xenova's normalizers as is corrected. */
export interface Normalizer {
  config: { type: string };
  normalizers?: Normalizer[];
  normalize(text: string): string;
}

/** As much of xenova's pre-tokenizers as is corrected. */
export interface PreTokenizer {
  tokenizers?: PreTokenizer[];
  pre_tokenize(text: string, options: { section_index: number }): string[];
  pre_tokenize_text(text: string, options?: object): string[];
}

/** Replaces the parts of xenova's normalizers that differ from Rust's. */
export function correctNormalizer(normalizer: Normalizer | null): void {
  for (const child of normalizer?.normalizers ?? []) {
    correctNormalizer(child);
  }
  if (normalizer?.config.type === 'BertNormalizer') {
    const config = normalizer.config as BertNormalizerConfig;
    normalizer.normalize = (text) => bertNormalize(text, config);
  } else if (normalizer?.config.type === 'StripAccents') {
    normalizer.normalize = (text) => text.replace(/\p{Mn}/gu, '');
  } else if (normalizer?.config.type === 'Lowercase') {
    normalizer.normalize = lowercase;
  }
}

/** JavaScript makes a sigma at a word's end final; Rust lowers each character by itself. */
function lowercase(text: string): string {
  return text.replace(/Σ/g, 'σ').toLowerCase();
}

interface BertNormalizerConfig {
  type: string;
  clean_text?: boolean;
  handle_chinese_chars?: boolean;
  strip_accents?: boolean | null;
  lowercase?: boolean;
}

const INVISIBLE = /(?![\t\n\r])[\uFFFD\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu;
const IDEOGRAPH =
  /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;

/**
 * BERT's normalization as in Rust. xenova's goes by UTF-16 units (no spaces around ideographs above U+FFFF) and strips only
 * the accents U+0300-U+036F, so it leaves Japanese voiced kana in two parts, which most vocabularies lack.
 */
function bertNormalize(text: string, config: BertNormalizerConfig): string {
  let result = text;
  if (config.clean_text) {
    result = result.replace(INVISIBLE, '').replace(/\s/g, ' ');
  }
  if (config.handle_chinese_chars) {
    result = result.replace(IDEOGRAPH, ' $& ');
  }
  if (config.strip_accents ?? config.lowercase) {
    result = result.normalize('NFD').replace(/\p{Mn}/gu, '');
  }
  if (config.lowercase) {
    result = lowercase(result);
  }
  return result;
}

// As in Rust: JavaScript's \s and \w differ from Unicode's white space and word characters.
const NOT_SPACE = /\P{White_Space}+/gu;
const WORD_OR_SYMBOLS = (() => {
  const word = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}';
  return new RegExp(`[${word}]+|[^${word}\\p{White_Space}]+`, 'gu');
})();

/** Replaces xenova's splitting at white space, which knows only ASCII letters as such. */
export function correctPreTokenizer(preTokenizer: PreTokenizer | null, part: TokenizerJson['pre_tokenizer']): void {
  for (const [index, child] of (preTokenizer?.tokenizers ?? []).entries()) {
    const parts = part?.pretokenizers as TokenizerJson['pre_tokenizer'][] | undefined;
    correctPreTokenizer(child, parts?.[index] ?? null);
  }
  if (preTokenizer && part?.type === 'WhitespaceSplit') {
    preTokenizer.pre_tokenize_text = (text) => text.match(NOT_SPACE) ?? [];
  } else if (preTokenizer && part?.type === 'Whitespace') {
    preTokenizer.pre_tokenize_text = (text) => text.match(WORD_OR_SYMBOLS) ?? [];
  }
}
