// Model folders: the right prefix, pooling and length for each known model, and refusal of everything that would mislead.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../../../src/core/errors.ts';
import { loadModelTokenizer, openModelFolder } from '../../../src/engine/modelFolder.ts';
import { modelHash } from '../../../src/engine/modelHash.ts';

type Files = Record<string, unknown>;

const BERT = {
  model_type: 'bert',
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  vocab_size: 21128,
  max_position_embeddings: 512,
};
const BERT_EN = { ...BERT, vocab_size: 30522 };
const XLM_R = {
  ...BERT,
  model_type: 'xlm-roberta',
  vocab_size: 250002,
  max_position_embeddings: 514,
  pad_token_id: 1,
};
const MPNET = { ...XLM_R, model_type: 'mpnet', vocab_size: 30527 };
const DISTILBERT = {
  model_type: 'distilbert',
  dim: 8,
  n_layers: 1,
  n_heads: 2,
  hidden_dim: 16,
  vocab_size: 30522,
  max_position_embeddings: 512,
};
const MEAN = { word_embedding_dimension: 8, pooling_mode_cls_token: false, pooling_mode_mean_tokens: true };
const CLS = { word_embedding_dimension: 8, pooling_mode_cls_token: true, pooling_mode_mean_tokens: false };
const MODULES = [
  { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
  { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
  { idx: 2, name: '2', path: '2_Normalize', type: 'sentence_transformers.models.Normalize' },
];

/** Makes a folder `name` with these files (strings as they are, the rest as JSON) beside the ones every model has. */
async function withModel(name: string, files: Files, work: (folder: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'kb-model-'));
  try {
    const folder = join(root, name);
    const all: Files = { 'config.json': BERT, 'tokenizer.json': {}, 'model.safetensors': 'weights', ...files };
    for (const [file, content] of Object.entries(all)) {
      if (content !== undefined) {
        await mkdir(dirname(join(folder, file)), { recursive: true });
        await writeFile(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));
      }
    }
    await work(folder);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

const ZH = '为这个句子生成表示以用于检索相关文章：';
const EN = 'Represent this sentence for searching relevant passages: ';
const known: [name: string, config: object, pooling: string, query: string, passage: string, maxTokens: number][] = [
  ['m3e-base', BERT, 'mean', '', '', 512],
  ['bge-base-zh', BERT, 'cls', ZH, '', 512],
  ['bge-small-zh-v1.5', BERT, 'cls', ZH, '', 512],
  ['bge-large-zh-noinstruct', BERT, 'cls', '', '', 512],
  ['bge-small-en-v1.5', BERT_EN, 'cls', EN, '', 512],
  ['bce-embedding-base_v1', XLM_R, 'cls', '', '', 512],
  ['multilingual-e5-small', { ...BERT, vocab_size: 250037 }, 'mean', 'query: ', 'passage: ', 512],
  ['all-MiniLM-L6-v2', BERT_EN, 'mean', '', '', 256],
  ['gte-small', BERT_EN, 'mean', '', '', 512],
  ['all-mpnet-base-v2', MPNET, 'mean', '', '', 384],
  ['multi-qa-mpnet-base-dot-v1', MPNET, 'cls', '', '', 512],
  ['multi-qa-distilbert-cos-v1', DISTILBERT, 'mean', '', '', 512],
  ['text2vec-base-chinese', BERT, 'mean', '', '', 128],
  ['snowflake-arctic-embed-s', BERT_EN, 'cls', EN, '', 512],
];
for (const [name, config, pooling, queryPrefix, passagePrefix, maxTokens] of known) {
  test(`knows ${name} from its name alone`, () =>
    withModel(name, { 'config.json': config }, async (folder) => {
      const model = await openModelFolder(folder);
      assert.deepEqual(model.profile, { queryPrefix, passagePrefix, pooling, maxTokens, dimension: 8 });
      assert.deepEqual(model.warnings, []);
      assert.deepEqual(model.misuses, []);
      assert.equal(model.id, name);
      assert.deepEqual(model.weights, { safetensors: join(folder, 'model.safetensors') });
    }));
}

test('rates of the parts of a row end where the row ends', async () => {
  const refused =
    /kb_recall_column_rates is \S+ instead of parts \[end, share\] or \[end, share, share in a small base\] with rising ends up to 8 and shares from 0/;
  for (const [rates, refusal] of [
    [[[8, 1]], undefined],
    [
      [
        [3, 0],
        [5, 1],
        [8, 0.3, 0],
      ],
      undefined,
    ],
    [[[9, 1]], refused],
    [[[7, 1]], refused],
    [
      [
        [5, 1],
        [5, 1],
        [8, 1],
      ],
      refused,
    ],
    [[[8, -1]], refused],
    [[[8, 1, -1]], refused],
    [[[8, 1, 1, 1]], refused],
    [[[8]], refused],
    [[[8, '1']], refused],
    [[8, 1], refused],
    [6, refused],
    [[], refused],
  ] as const)
    await withModel('m', { 'config.json': { ...BERT, kb_recall_column_rates: rates } }, async (folder) => {
      if (refusal) await assert.rejects(openModelFolder(folder), refusal);
      else assert.deepEqual((await openModelFolder(folder)).config.kb_recall_column_rates, rates);
    });
});

test('knows a model by _name_or_path, but not one of another vocabulary', async () => {
  const renamed = { ...BERT, _name_or_path: '/root/.cache/torch/BAAI_bge-base-zh/' };
  await withModel('copy', { 'config.json': renamed }, async (folder) => {
    assert.equal((await openModelFolder(folder)).profile.queryPrefix, ZH);
  });
  await withModel('bge-base-zh', { 'config.json': BERT_EN }, async (folder) => {
    const model = await openModelFolder(folder);
    assert.equal(model.profile.queryPrefix, '');
    assert.match(model.warnings.join(), /vocabulary of 30522/);
    assert.match(model.warnings.join(), /mean is assumed/);
  });
});

test('files win over the table, the manifest over both', async () => {
  const prompts = { prompts: { query: 'q: ', document: 'd: ' } };
  const files = {
    'modules.json': MODULES,
    '1_Pooling/config.json': MEAN,
    'config_sentence_transformers.json': prompts,
  };
  await withModel('bge-base-zh', files, async (folder) => {
    const model = await openModelFolder(folder);
    assert.deepEqual(model.profile, {
      queryPrefix: 'q: ',
      passagePrefix: 'd: ',
      pooling: 'mean',
      maxTokens: 512,
      dimension: 8,
    });
    assert.match(model.warnings.join(), /mean pooling, although models of this name use cls/);
    // The prompts are the model's own, its pooling contradicts its name.
    assert.deepEqual(model.misuses, [{ part: 'pooling', used: 'mean', expected: 'cls' }]);
    const manifest = {
      id: 'mine',
      baseModel: 'bge-base-zh',
      profile: { queryPrefix: '', passagePrefix: 'p', maxTokens: 64 },
    };
    await writeFile(join(folder, 'kb_recall.json'), JSON.stringify(manifest));
    const own = await openModelFolder(folder);
    assert.equal(own.id, 'mine');
    assert.equal(own.manifest.baseModel, 'bge-base-zh');
    assert.equal(own.profile.queryPrefix, '');
    assert.equal(own.profile.passagePrefix, 'p');
    assert.equal(own.profile.maxTokens, 64);
    assert.deepEqual(
      own.misuses.map(({ part, used, expected }) => [part, used, expected]),
      [
        ['pooling', 'mean', 'cls'],
        ['query prefix', '', 'q: '],
        ['passage prefix', 'p', 'd: '],
      ],
    );
  });
  // sentence-transformers 5 writes empty prompts by itself.
  const empty = { 'config_sentence_transformers.json': { prompts: { query: '', document: '' } } };
  await withModel('bge-base-zh', empty, async (folder) => {
    assert.equal((await openModelFolder(folder)).profile.queryPrefix, ZH);
  });
  const common = { 'config_sentence_transformers.json': { prompts: { all: 'a: ' }, default_prompt_name: 'all' } };
  await withModel('x', { ...common, '1_Pooling/config.json': CLS }, async (folder) => {
    const { profile, warnings } = await openModelFolder(folder);
    assert.deepEqual([profile.queryPrefix, profile.passagePrefix, profile.pooling], ['a: ', 'a: ', 'cls']);
    assert.deepEqual(warnings, []);
  });
});

test('the longest input is the least of all limits', async () => {
  const lengths: [Files, number][] = [
    [{ 'sentence_bert_config.json': { max_seq_length: 128 } }, 128],
    [{ 'tokenizer_config.json': { model_max_length: 100 } }, 100],
    [{ 'tokenizer_config.json': '{"model_max_length": 1000000000000000019884624838656}' }, 512],
    [{ 'config.json': { ...BERT, max_position_embeddings: undefined } }, 512],
    [{ 'config.json': { ...XLM_R, max_position_embeddings: 130 } }, 128],
    [{ 'config.json': { ...BERT, max_position_embeddings: 130, pad_token_id: 1 } }, 130],
    [{ 'config.json': { ...XLM_R, max_position_embeddings: 8194 }, 'tokenizer_config.json': {} }, 8192],
  ];
  for (const [files, expected] of lengths) {
    await withModel('x', files, async (folder) => {
      assert.equal((await openModelFolder(folder)).profile.maxTokens, expected, JSON.stringify(files));
    });
  }
});

test('DistilBERT’s own names are read as the common ones, and kept for saving', () =>
  withModel('x', { 'config.json': DISTILBERT, '1_Pooling/config.json': CLS }, async (folder) => {
    const { config, storedConfig, profile } = await openModelFolder(folder);
    const { hidden_size, num_hidden_layers, num_attention_heads, intermediate_size } = config;
    assert.deepEqual([hidden_size, num_hidden_layers, num_attention_heads, intermediate_size], [8, 1, 2, 16]);
    assert.equal(profile.dimension, 8);
    assert.deepEqual(storedConfig, DISTILBERT);
  }));

test('finds ONNX weights in either place', async () => {
  const files = { 'model.safetensors': undefined, 'onnx/model.onnx': 'a', 'model.onnx': 'b' };
  await withModel('x', files, async (folder) => {
    assert.deepEqual((await openModelFolder(folder)).weights, { onnx: join(folder, 'onnx/model.onnx') });
    await rm(join(folder, 'onnx'), { recursive: true });
    assert.deepEqual((await openModelFolder(folder)).weights, { onnx: join(folder, 'model.onnx') });
  });
  const lesser = { 'model.safetensors': undefined, 'onnx/model_quantized.onnx': 'a', 'onnx/model_fp16.onnx': 'b' };
  await withModel('x', lesser, async (folder) => {
    assert.deepEqual((await openModelFolder(folder)).weights, { onnx: join(folder, 'onnx/model_fp16.onnx') });
  });
});

const modules = (...types: string[]) => types.map((type, idx) => ({ idx, path: idx ? `${idx}_M` : '', type }));
const ST = 'sentence_transformers.models.';
const refused: [what: string, files: Files, code: string, message: RegExp][] = [
  ['no config.json', { 'config.json': undefined }, 'model-file-missing', /lacks config\.json/],
  ['no tokenizer.json', { 'tokenizer.json': undefined }, 'model-file-missing', /lacks tokenizer\.json/],
  ['no weights', { 'model.safetensors': undefined }, 'model-file-missing', /model\.safetensors or onnx\/model\.onnx/],
  ['broken config.json', { 'config.json': '{"model_type": ' }, 'model-file-broken', /config\.json .*JSON/],
  ['config.json that is a string', { 'config.json': '"bert"' }, 'model-file-broken', /neither an object/],
  ['no model_type', { 'config.json': { ...BERT, model_type: undefined } }, 'model-file-broken', /model_type/],
  ['no size', { 'config.json': { ...BERT, hidden_size: '8' } }, 'model-file-broken', /hidden_size is 8/],
  ['odd heads', { 'config.json': { ...BERT, num_attention_heads: 3 } }, 'model-file-broken', /no multiple of 3/],
  ['broken modules.json', { 'modules.json': '[' }, 'model-file-broken', /modules\.json/],
  [
    'a Dense module',
    { 'modules.json': modules(`${ST}Transformer`, `${ST}Pooling`, `${ST}Dense`), '1_M/config.json': MEAN },
    'model-module-unsupported',
    /sentence_transformers\.models\.Dense in 2_M/,
  ],
  ['foreign code', { 'modules.json': modules('custom_st.Transformer') }, 'model-module-unsupported', /custom_st/],
  ['no pooling module', { 'modules.json': modules(`${ST}Transformer`) }, 'model-module-unsupported', /sequence/],
  ['pooling file missing', { 'modules.json': MODULES }, 'model-file-missing', /lacks 1_Pooling\/config\.json/],
  [
    'maximum pooling',
    { '1_Pooling/config.json': { ...MEAN, pooling_mode_mean_tokens: false, pooling_mode_max_tokens: true } },
    'model-pooling-unsupported',
    /"max" \(1_Pooling/,
  ],
  [
    'two poolings',
    { '1_Pooling/config.json': { ...MEAN, pooling_mode_cls_token: true } },
    'model-pooling-unsupported',
    /cls_token \+ pooling_mode_mean/,
  ],
  [
    'last-token pooling',
    { '1_Pooling/config.json': { pooling_mode: 'lasttoken' } },
    'model-pooling-unsupported',
    /last/,
  ],
  [
    'pooling without the prompt',
    { '1_Pooling/config.json': { ...MEAN, include_prompt: false } },
    'model-pooling-unsupported',
    /prompt/,
  ],
  [
    'another width',
    { '1_Pooling/config.json': { ...MEAN, word_embedding_dimension: 9 } },
    'model-file-broken',
    /9 dim/,
  ],
];
for (const [what, files, code, message] of refused) {
  test(`refuses a model with ${what}`, () =>
    withModel('broken-model', files, async (folder) => {
      await assert.rejects(openModelFolder(folder), (error: UserError) => {
        assert.ok(error instanceof UserError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.ok(error.message.includes(folder), error.message);
        assert.ok(error.action.length > 10);
        return true;
      });
    }));
}

test('accepts new and old spellings of modules and pooling', async () => {
  const files = {
    'modules.json': [
      { path: '', type: 'sentence_transformers.base.modules.transformer.Transformer' },
      { path: 'pool', type: 'sentence_transformers.sentence_transformer.modules.pooling.Pooling' },
    ],
    'pool/config.json': { embedding_dimension: 8, pooling_mode: 'cls' },
    'config.json': `\uFEFF${JSON.stringify(BERT)}`,
  };
  await withModel('x', files, async (folder) => {
    assert.equal((await openModelFolder(folder)).profile.pooling, 'cls');
  });
});

test('refuses a tokenizer with more tokens than the model has rows', async () => {
  const golden = join(import.meta.dirname, '../../golden/tokenizers/bert-uncased');
  const tokenizer = await readFile(join(golden, 'tokenizer.json'), 'utf8');
  const size = Object.keys((JSON.parse(tokenizer) as { model: { vocab: object } }).model.vocab).length;
  for (const [rows, fits] of [
    [size - 1, false],
    [size, true],
    [size + 9, true],
  ] as const) {
    const files = { 'tokenizer.json': tokenizer, 'config.json': { ...BERT, vocab_size: rows } };
    await withModel('x', files, async (folder) => {
      const opened = loadModelTokenizer(await openModelFolder(folder));
      if (fits) {
        assert.equal((await opened).vocabularySize, size);
      } else {
        await assert.rejects(opened, { code: 'vocabulary-mismatch', message: new RegExp(`${size} .*${rows}`) });
      }
    });
  }
});

test('the hash follows content and profile, not place, and is remembered', () =>
  withModel('x', {}, async (folder) => {
    const cache = join(dirname(folder), 'hashes.json');
    const first = await modelHash(await openModelFolder(folder), cache);
    assert.match(first, /^[0-9a-f]{64}$/);

    const moved = join(dirname(folder), 'moved');
    await rename(folder, moved);
    const model = await openModelFolder(moved);
    assert.equal(await modelHash(model, cache), first);
    assert.notEqual(await modelHash({ ...model, profile: { ...model.profile, queryPrefix: 'q' } }, cache), first);

    // Same size and time: the remembered hash is taken, which shows that the file is not read again.
    const weights = join(moved, 'model.safetensors');
    await utimes(weights, 1000, 1000);
    const before = await modelHash(model, cache);
    assert.equal(before, first);
    await writeFile(weights, 'WEIGHTS');
    await utimes(weights, 1000, 1000);
    assert.equal(await modelHash(model, cache), first);
    await utimes(weights, 2000, 2000);
    const changed = await modelHash(model, cache);
    assert.notEqual(changed, first);

    await writeFile(cache, 'no JSON');
    assert.equal(await modelHash(model, cache), changed);
    for (const file of ['config.json', 'tokenizer.json']) {
      const content = await readFile(join(moved, file), 'utf8');
      await writeFile(join(moved, file), `${content} `);
      assert.notEqual(await modelHash(model), changed, file);
      await writeFile(join(moved, file), content);
    }
    assert.equal(await modelHash(model), changed);
  }));
