// Bytes that were damaged or made up, where models, indexes and messages are read: a clear refusal, never a crash and never wrong content.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { GraphBuilder } from '../../src/autodiff/builder.ts';
import { decodeModel, encodeModel, ProtoError } from '../../src/autodiff/proto.ts';
import { UserError } from '../../src/core/errors.ts';
import { parseRun } from '../../src/core/runs/run.ts';
import { ParsedPages, pagesFile, readRecords } from '../../src/engine/parsedPages.ts';
import { SafetensorsFile, writeSafetensors } from '../../src/engine/safetensors.ts';
import { openIndex } from '../../src/engine/vectorStore.ts';
import { serve } from '../../src/protocol/rpc.ts';
import { contentOf, stamp } from '../engine/indexWriter.ts';
import { damage, damaged, holds, oddName, oddText } from './support.ts';

function tempFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'kb-recall-fuzz-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a damaged safetensors file is refused by name, or every tensor can be read', async (t) => {
  const path = join(tempFolder(t), 'model.safetensors');
  await writeSafetensors(path, [
    { name: 'words', dtype: 'F32', dims: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { name: 'half', dtype: 'F16', dims: [2], data: Float32Array.of(0.5, 2) },
    { name: 'toString', dtype: 'I8', dims: [4], data: Int8Array.of(1, -2, 3, -4) },
  ]);
  const whole = await readFile(path);
  await holds(
    t,
    [
      fc.oneof(
        damage.map((each) => damaged(whole, each)),
        fc.uint8Array({ maxLength: 90 }),
      ),
    ],
    async (bytes) => {
      writeFileSync(path, bytes);
      try {
        const file = await SafetensorsFile.open(path);
        try {
          for (const [name, { begin, end }] of file.tensors) {
            assert.ok(begin >= 8 && end <= bytes.length);
            assert.equal((await file.readBytes(name)).length, end - begin);
          }
        } finally {
          await file.close();
        }
      } catch (error) {
        assert.ok(error instanceof UserError && error.message.includes('model.safetensors'), String(error));
      }
    },
  );
});

test('a damaged ONNX file is refused, or is a graph', async (t) => {
  const b = GraphBuilder.empty('model');
  const x = b.input('x', 'float32', ['rows', 3]);
  b.output(
    b.add(b.mul(x, b.scalar(2)), b.initializer('bias', { type: 'float32', dims: [3], data: Float32Array.of(1, 2, 3) })),
    'float32',
    ['rows', 3],
  );
  const whole = encodeModel(b.graph);
  await holds(
    t,
    [
      fc.oneof(
        damage.map((each) => damaged(whole, each)),
        fc.uint8Array({ maxLength: 200 }),
      ),
    ],
    (bytes) => {
      try {
        assert.ok(Array.isArray(decodeModel(bytes).nodes));
      } catch (error) {
        assert.ok(error instanceof ProtoError, String(error));
      }
    },
  );
});

test('an index with a damaged file opens empty and says so, and never holds other vectors', async (t) => {
  const folder = tempFolder(t);
  const all = contentOf('kb', 3);
  const rows = { entries: all.entries.slice(0, 30), vectors: all.vectors.slice(0, 30 * stamp.dimension) };
  await (await openIndex(folder, stamp)).index.replace(rows);
  const files = await readdir(folder);
  await holds(t, [fc.constantFrom(...files), damage], async (name, each) => {
    const path = join(folder, name);
    const whole = await readFile(path);
    const bytes = damaged(whole, each);
    await writeFile(path, bytes);
    try {
      const { index, notice } = await openIndex(folder, stamp);
      if (whole.equals(bytes)) assert.equal(notice, undefined);
      else {
        assert.match(notice?.code ?? 'none', /^index-(damaged|outdated)$/);
        assert.equal(index.entries().length, 0);
      }
    } finally {
      await writeFile(path, whole);
    }
  });
});

test('nothing is taken from damaged pages of last time', async (t) => {
  const folder = tempFolder(t);
  const documents = [
    { file: 'returns.md', text: '# Returns\n\nThirty days, as new.\n' },
    { file: '退货.md', text: '---\nid: 退货\n---\n\n# 退货\n\n三十天内。\n' },
  ];
  const pages = await ParsedPages.open(folder, 'this program');
  await pages.keep(documents.map((document) => pages.parse(document)));
  const path = pagesFile(folder);
  const whole = await readFile(path);
  assert.equal((await readRecords(path, 'this program')).size, documents.length);
  const bytes = fc.oneof(
    damage.map((each) => damaged(whole, each)),
    fc.uint8Array({ maxLength: 90 }),
  );
  await holds(t, [bytes], async (each) => {
    writeFileSync(path, each);
    if (whole.equals(each)) assert.equal((await readRecords(path, 'this program')).size, documents.length);
    else await assert.rejects(readRecords(path, 'this program'));
  });
});

test('a damaged run file is refused by name, or is a run', async (t) => {
  const run = JSON.stringify({ kind: 'kb-recall-run', version: 1, model: 'm', ks: [1, 5], primaryK: 5, questions: [] });
  await holds(
    t,
    [
      fc.oneof(
        damage.map((each) => damaged(Buffer.from(run), each).toString('utf8')),
        oddText,
      ),
    ],
    (text) => {
      try {
        assert.equal(parseRun(text, 'baseline.json').kind, 'kb-recall-run');
      } catch (error) {
        assert.ok(error instanceof UserError && error.message.includes('baseline.json'), String(error));
      }
    },
  );
});

test('a message that is none is refused, and the calls after it are answered', async (t) => {
  const message = fc.oneof(
    fc.anything(),
    fc.record(
      {
        kind: fc.oneof(fc.constantFrom('call', 'cancel', 'pause', 'progress', 'result', 'error', 'event'), oddName),
        id: fc.oneof(fc.constantFrom(1, 2, -1, 0.5, Number.NaN), oddText),
        method: fc.oneof(fc.constantFrom('twice', 'secret', 'constructor', '__proto__', 'toString'), oddName),
        params: fc.anything(),
        paused: fc.anything(),
      },
      { requiredKeys: ['kind'] },
    ),
  );
  await holds(t, [fc.array(message, { maxLength: 5 })], async (messages) => {
    const sent: { kind: string; id: number; value?: unknown }[] = [];
    let listener: (message: unknown) => void = () => undefined;
    const secret: string[] = [];
    const api = {
      twice: async (value: number): Promise<number> => value * 2,
      secret: async (): Promise<void> => void secret.push('called'),
    };
    serve({ post: (each) => sent.push(each as never), onMessage: (each) => (listener = each) }, api, ['twice']);
    for (const each of messages) listener(each);
    listener({ kind: 'call', id: 99, method: 'twice', params: 21 });
    // A turn of the event loop: every promise of the calls has settled.
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      sent.filter(({ id }) => id === 99),
      [{ kind: 'result', id: 99, value: 42 }],
    );
    assert.deepEqual(secret, []);
  });
});
