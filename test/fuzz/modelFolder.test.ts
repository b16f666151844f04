// Model folders whose files were damaged, by a byte or by a value: refused by name with a next step, or a model that encodes within its bounds.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../src/core/errors.ts';
import { openModelFolder } from '../../src/engine/modelFolder.ts';
import { listModels } from '../../src/engine/modelStore.ts';
import { bertConfig } from '../../src/engine/modelWeights.ts';
import { loadTokenizer } from '../../src/engine/tokenizer.ts';
import { tinyModel } from '../faults/support.ts';
import { damage, damaged, holds, oddName, oddText } from './support.ts';

const PIECES = ['a', 'b', 'e', 'n', 'r', 's', 't', '退', '款', 're', 'en', 'the', 'is'];
const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];
const added = SPECIAL.map((content, id) => ({ id, content, special: true }));
const frame = {
  type: 'TemplateProcessing',
  single: [
    { SpecialToken: { id: '[CLS]', type_id: 0 } },
    { Sequence: { id: 'A', type_id: 0 } },
    { SpecialToken: { id: '[SEP]', type_id: 0 } },
  ],
  pair: [],
};
const ids = (tokens: readonly string[]) => Object.fromEntries(tokens.map((token, id) => [token, id]));

/** One small tokenizer of each kind. */
const TOKENIZERS = {
  wordpiece: {
    added_tokens: added,
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: frame,
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: ids([...SPECIAL, ...PIECES, ...PIECES.map((piece) => `##${piece}`)]),
    },
  },
  unigram: {
    added_tokens: added,
    normalizer: { type: 'Sequence', normalizers: [{ type: 'NFKC' }, { type: 'Lowercase' }] },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
    post_processor: frame,
    model: { type: 'Unigram', unk_id: 1, vocab: [...SPECIAL, '▁', ...PIECES].map((piece, i) => [piece, -i]) },
  },
  bpe: {
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    post_processor: frame,
    model: { type: 'BPE', unk_token: '[UNK]', vocab: ids([...SPECIAL, ...PIECES]), merges: ['r e', 'e n'] },
  },
} as const;
const JSON_FILES = {
  'config.json': undefined,
  'tokenizer.json': undefined,
  'tokenizer_config.json': { model_max_length: 64, pad_token: '[PAD]', unk_token: '[UNK]', tokenizer_class: 'X' },
  'kb_recall.json': { id: 'tiny-tuned', baseModel: 'tiny', profile: { pooling: 'mean', queryPrefix: 'query: ' } },
  'modules.json': [
    { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
    { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
  ],
  '1_Pooling/config.json': { word_embedding_dimension: 32, pooling_mode_mean_tokens: true },
  'config_sentence_transformers.json': { prompts: { query: 'q: ', passage: 'p: ' }, default_prompt_name: null },
  'sentence_bert_config.json': { max_seq_length: 48, do_lower_case: false },
} as const;

/** A model folder of each kind of tokenizer; the names of its JSON files with their texts. */
async function folders(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'kb-fuzz-model-'));
  t.after(() => rmSync(root, { recursive: true }));
  const made: { folder: string; texts: Map<string, string> }[] = [];
  for (const [kind, tokenizer] of Object.entries(TOKENIZERS)) {
    const folder = await tinyModel(join(root, kind));
    const texts = new Map<string, string>();
    for (const [file, value] of Object.entries(JSON_FILES)) {
      const path = join(folder, file);
      mkdirSync(join(path, '..'), { recursive: true });
      const whole = file === 'tokenizer.json' ? tokenizer : value;
      const text = whole ? JSON.stringify(whole) : readFileSync(path, 'utf8');
      writeFileSync(path, text);
      texts.set(file, text);
    }
    made.push({ folder, texts });
  }
  return made;
}

/** Values that a reader does not expect. */
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 0.5, 1e9, 1e300, '', [], {}, [[]], { type: 'Sequence' }, '../../../etc'),
  oddName,
  oddText,
  fc.integer(),
);

/** The value with one part, found by following `way` down, replaced; or, where `put` is undefined, removed. */
function changed(value: unknown, way: readonly number[], put: unknown): unknown {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const [step, ...rest] = way;
  if (step === undefined || keys.length === 0) return put;
  const key = keys[step % keys.length]!;
  const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...(value as object) };
  if (put === undefined && (rest.length === 0 || typeof copy[key] !== 'object')) delete copy[key];
  else copy[key] = changed(copy[key], rest, put);
  return copy;
}

test('a model folder with a damaged JSON file is refused in words, or encodes within its vocabulary', async (t) => {
  const made = await folders(t);
  const way = fc.array(fc.nat(60), { minLength: 1, maxLength: 5 });
  const change = fc.oneof(
    fc.record({ way, put: fc.oneof(fc.constant(undefined), oddValue) }),
    fc.record({ bytes: damage }),
  );
  const files = Object.keys(JSON_FILES) as (keyof typeof JSON_FILES)[];
  // Half of the cases are about the tokenizer, which has the most forms.
  const file = fc.oneof(fc.constant('tokenizer.json' as const), fc.constantFrom(...files));
  await holds(t, [fc.nat(made.length - 1), file, change], async (at, name, how) => {
    const { folder, texts } = made[at]!;
    const text = texts.get(name)!;
    const path = join(folder, name);
    const put =
      'bytes' in how
        ? damaged(Buffer.from(text), how.bytes)
        : JSON.stringify(changed(JSON.parse(text), how.way, how.put));
    writeFileSync(path, put ?? '');
    try {
      // Each file is read by one part of the program: opening all of them for each case would only take longer.
      if (name.startsWith('tokenizer')) {
        const tokenizer = await loadTokenizer(folder);
        const encoded = tokenizer.encode('the rent is 退款 reset', 16);
        assert.ok(encoded.length <= Math.max(16, tokenizer.overhead));
        assert.ok(
          encoded.every((id) => id >= 0 && id < tokenizer.vocabularySize),
          `${encoded}`,
        );
        return;
      }
      const listed = name === 'kb_recall.json' ? await listModels([join(folder, '..')]) : undefined;
      if (listed) assert.equal(listed.length, made.length, 'a broken manifest hides no model');
      const { id, profile, config } = await openModelFolder(folder);
      const { queryPrefix, passagePrefix, pooling, maxTokens } = profile;
      assert.deepEqual(
        [id, queryPrefix, passagePrefix].map((each) => typeof each),
        ['string', 'string', 'string'],
      );
      assert.ok(['mean', 'cls'].includes(pooling) && Number.isSafeInteger(maxTokens) && maxTokens > 0);
      const shaped = bertConfig(config);
      if (shaped)
        assert.ok(Object.values(shaped).every((value) => typeof value !== 'number' || Number.isFinite(value)));
    } catch (error) {
      assertRefusal(error);
    } finally {
      writeFileSync(path, text);
    }
  });
});

function assertRefusal(error: unknown): void {
  assert.ok(error instanceof UserError && error.action !== '', error instanceof Error ? error.stack : String(error));
}
