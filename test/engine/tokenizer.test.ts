// Token ids equal to those of the Python `tokenizers` library (test/reference/tokenizer_golden.py), for odd texts too.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../../src/core/errors.ts';
import { loadTokenizer } from '../../src/engine/tokenizer.ts';
import { Unigram } from '../../src/engine/unigram.ts';

const golden = join(import.meta.dirname, '../golden/tokenizers');
const embedded = join(import.meta.dirname, '../../models/kb-recall-small');

async function readJson<T>(...path: string[]): Promise<T> {
  return JSON.parse(await readFile(join(...path), 'utf8'));
}

interface Case {
  text: string;
  ids: number[];
  cut: number[];
}

const kinds = { 'bert-uncased': 0, 'bert-cased': 0, 'xlm-roberta': 1, roberta: 1, words: 0 };
for (const [kind, padId] of Object.entries(kinds)) {
  test(`${kind}: the ids of Python, whole and cut`, async () => {
    const cases = await readJson<Case[]>(golden, kind, 'expected.json');
    const tokenizer = await loadTokenizer(join(golden, kind));
    assert.ok(cases.length > 20);
    // Twice, as the second time words come from memory.
    for (const { text, ids, cut } of [...cases, ...cases]) {
      assert.deepEqual([...tokenizer.encode(text)], ids, text);
      assert.deepEqual([...tokenizer.encode(text, 12)], cut, text);
      assert.equal(tokenizer.count(text), ids.length - 2);
    }
    assert.equal(tokenizer.overhead, 2);
    assert.equal(tokenizer.padId, padId);
    const { added_tokens } = await readJson<{ added_tokens: { id: number }[] }>(golden, kind, 'tokenizer.json');
    assert.ok(tokenizer.vocabularySize > Math.max(...added_tokens.map(({ id }) => id)));
  });
}

test('cutting keeps both special tokens, however little room there is', async () => {
  const tokenizer = await loadTokenizer(join(golden, 'bert-uncased'));
  const text = 'How do I reset my password?';
  assert.deepEqual([...tokenizer.encode(text, 2)], [2, 3]);
  assert.equal(tokenizer.encode(text, 3).length, 3);
  assert.deepEqual([...tokenizer.encode(text, 1000)], [...tokenizer.encode(text)]);
});

test('the embedded tokenizer gives the ids of Python', async () => {
  const expected = await readJson<{ sha256: string; texts: Case[] }>(golden, 'kb-recall-small/expected.json');
  const content = await readFile(join(embedded, 'tokenizer.json'));
  assert.equal(
    createHash('sha256').update(content).digest('hex'),
    expected.sha256,
    'the vocabulary is new: run test/reference/tokenizer_golden.py again',
  );
  const tokenizer = await loadTokenizer(embedded);
  for (const { text, ids } of expected.texts) {
    assert.deepEqual([...tokenizer.encode(text)], ids, text);
  }
});

/** A copy of a golden tokenizer with changed files. */
async function withCopy(
  change: (json: Record<string, never>) => unknown,
  work: (folder: string) => Promise<void>,
  config?: object,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kb-tokenizer-'));
  try {
    const json = await readJson<Record<string, never>>(golden, 'words', 'tokenizer.json');
    const content = change(json) ?? json;
    await writeFile(join(folder, 'tokenizer.json'), typeof content === 'string' ? content : JSON.stringify(content));
    if (config) {
      await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
    }
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('needs no tokenizer_config.json and takes special tokens as objects', async () => {
  const [first] = await readJson<Case[]>(golden, 'words', 'expected.json');
  await withCopy(
    () => undefined,
    async (folder) => {
      assert.deepEqual([...(await loadTokenizer(folder)).encode(first!.text)], first!.ids);
    },
  );
  await withCopy(
    () => undefined,
    async (folder) => {
      assert.equal((await loadTokenizer(folder)).padId, 4);
    },
    { pad_token: { content: '[MASK]', lstrip: false } },
  );
});

const odd: [what: string, change: (json: Record<string, never>) => unknown, code: string, message: RegExp][] = [
  ['another model', () => ({ model: { type: 'WordLevel', vocab: {} } }), 'tokenizer-unsupported', /WordLevel/],
  [
    'an unknown normalizer',
    (json) => ({ ...json, normalizer: { type: 'Nmt' } }),
    'tokenizer-unsupported',
    /normalizer Nmt/,
  ],
  [
    'a pre-tokenizer that is only nearly right',
    (json) => ({ ...json, pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Digits' }] } }),
    'tokenizer-unsupported',
    /Digits/,
  ],
  [
    'a split with another behaviour',
    (json) => ({ ...json, pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'Removed' } }),
    'tokenizer-unsupported',
    /Split with behaviour Removed/,
  ],
  [
    'an unknown post-processor',
    (json) => ({ ...json, post_processor: { type: 'Other' } }),
    'tokenizer-unsupported',
    /PostProcessor type: Other/,
  ],
  [
    'a special token outside its vocabulary',
    (json) => ({ ...json, post_processor: { type: 'BertProcessing', sep: ['<sep>', 1], cls: ['<cls>', 2] } }),
    'tokenizer-unsupported',
    /<cls>/,
  ],
  [
    'no unknown piece',
    (json) => ({ ...json, model: { type: 'Unigram', vocab: [] } }),
    'tokenizer-unsupported',
    /piece/,
  ],
  ['no model', () => ({}), 'model-file-broken', /tokenizer\.json .*no "model"/],
  ['broken JSON', () => '{"model":', 'model-file-broken', /tokenizer\.json/],
];
for (const [what, change, code, message] of odd) {
  test(`refuses a tokenizer with ${what}`, () =>
    withCopy(change, async (folder) => {
      await assert.rejects(loadTokenizer(folder), (error: UserError) => {
        assert.ok(error instanceof UserError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.ok(error.message.includes(folder));
        return true;
      });
    }));
}

test('a folder without a tokenizer is named', async () => {
  await assert.rejects(loadTokenizer('/nowhere'), { code: 'model-file-missing', message: /\/nowhere lacks tokenizer/ });
});

test('Unigram finds the best of all segmentations, as counted by brute force', () => {
  const vocab: [string, number][] = [
    ['<unk>', 0],
    ...'a b c ab bc abc ca 😀 😀a'.split(' ').map((piece, i): [string, number] => [piece, -1 - ((i * 7) % 5) * 0.9]),
  ];
  const ids = new Map(vocab.map(([piece], id) => [piece, id]));
  const unigram = new Unigram({ vocab, unk_id: 0 });
  const score = (path: number[]) =>
    path.reduce((sum, id) => sum + (id === 0 ? Math.min(...vocab.map(([, s]) => s)) - 10 : vocab[id]![1]), 0);
  const all = (chars: string[]): number[][] => {
    if (chars.length === 0) {
      return [[]];
    }
    const paths = ids.has(chars[0]!) ? [] : all(chars.slice(1)).map((rest) => [0, ...rest]);
    for (let n = 1; n <= chars.length; n++) {
      const id = ids.get(chars.slice(0, n).join(''));
      if (id !== undefined) {
        paths.push(...all(chars.slice(n)).map((rest) => [id, ...rest]));
      }
    }
    return paths;
  };
  for (const word of ['abcabca', 'cabcab', '😀abca😀', 'x', 'axxb', 'a😁😁b', '', 'bcax']) {
    const out = [99];
    unigram.segment(word, out);
    const best = all([...word]).reduce((a, b) => (score(b) > score(a) ? b : a));
    const fused = best.filter((id, i) => id !== 0 || best[i - 1] !== 0);
    assert.deepEqual(out, [99, ...fused], word);
  }
});

test('a text of a megabyte without spaces is cut in reasonable time', async () => {
  const tokenizer = await loadTokenizer(join(golden, 'xlm-roberta'));
  const started = Date.now();
  assert.equal(tokenizer.encode('路由器更新后'.repeat(200_000), 512).length, 512);
  assert.ok(Date.now() - started < 10_000);
});

test('loading touches neither the network nor a second runtime nor image code', async () => {
  const { fetch } = globalThis;
  globalThis.fetch = () => assert.fail('the network was asked');
  try {
    await loadTokenizer(join(golden, 'bert-cased'));
  } finally {
    globalThis.fetch = fetch;
  }
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
  assert.ok(sharedObjects.filter((file) => /libonnxruntime\.|onnxruntime\.dll/.test(file)).length <= 1);
  assert.deepEqual(
    sharedObjects.filter((file) => /sharp|vips/.test(file)),
    [],
  );
  assert.ok((await readdir(golden)).length > 0);
});
