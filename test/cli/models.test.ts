// Models on the command line: listed, pinned, deleted, and exported with their int8 form, whose cost is measured on real questions.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openModelFolder } from '../../src/engine/modelFolder.ts';
import { Session } from '../../src/engine/runtime.ts';
import { run, SMALL, temporaryFolder } from './support.ts';

const home = temporaryFolder({ after });
const exported = join(home, 'desk-model');

test('export writes a folder other programs read, and says what int8 costs on the questions of --kb', async () => {
  const at = ['--home', home, '--to', exported, '--int8', '--kb', SMALL];
  const { code, out, err } = await run(['export', 'kb-recall-small', ...at, '--json']);
  assert.equal(code, 0, err);
  const { int8, path } = JSON.parse(out);
  assert.equal(path, exported);
  for (const file of [
    'config.json',
    'modules.json',
    'tokenizer.json',
    'model.safetensors',
    'onnx/model.onnx',
    int8.file,
  ])
    assert.ok(existsSync(join(exported, file)), file);
  assert.equal(statSync(join(exported, int8.file)).size, int8.bytes);
  assert.ok(int8.bytes * 3.5 < statSync(join(exported, 'onnx/model.onnx')).size, 'about a quarter of fp32');
  const { cost } = int8;
  assert.ok(cost.questions > 3 && cost.k === 5);
  assert.ok(cost.before > 0.5, 'the fixture is easy');
  assert.ok(Math.abs(cost.after - cost.before - cost.difference.value) < 1e-9);
  assert.ok(cost.difference.value > -0.2, `int8 lost ${cost.difference.value}`);
  assert.equal((await openModelFolder(exported)).profile.dimension, 896);
});

test('the int8 form is near fp32 on the same tokens, in a session of its own', async () => {
  const ids = BigInt64Array.from([2, 300, 1200, 4021, 17000, 3], BigInt);
  const feeds = Object.fromEntries(
    Object.entries({
      input_ids: ids,
      attention_mask: ids.map(() => 1n),
      token_type_ids: ids.map(() => 0n),
    }).map(([name, data]) => [name, { type: 'int64' as const, dims: [1, ids.length], data }]),
  );
  const [full, int8] = await Promise.all(
    ['onnx/model.onnx', 'onnx/model_quantized.onnx'].map(async (file) => {
      const session = await Session.open(join(exported, file));
      try {
        return (await session.run(feeds)).last_hidden_state!.data as Float32Array;
      } finally {
        await session.close();
      }
    }),
  );
  assert.ok(cosine(full!, int8!) > 0.99, `cosine ${cosine(full!, int8!)}`);
  assert.notDeepEqual(full, int8);
});

test('what exists is not overwritten, and options that would do nothing are refused', async () => {
  const again = await run(['export', 'kb-recall-small', '--home', home, '--to', exported]);
  assert.equal(again.code, 1);
  assert.match(again.err, /exists already/);
  for (const [args, message] of [
    [['export', 'kb-recall-small'], /export needs --to/],
    [['export'], /export needs a model/],
    [['export', 'm', '--to', 'x', '--kb', 'docs'], /needs --int8/],
    [['export', 'm', '--to', 'x', '--model', 'n'], /--model does not belong to export/],
    [['train', 'docs', '--int8'], /--int8 belongs to export/],
    [['models', '--pin', 'a', '--delete', 'b'], /--pin and --delete are two steps/],
  ] as const) {
    const { code, err } = await run([...args]);
    assert.equal(code, 1);
    assert.match(err, message);
  }
});

test('a pinned model is listed as such and is not deleted until it is unpinned', async () => {
  const id = 'kb-recall-small-tuned-0a1b2c3d';
  const folder = join(home, 'models', id);
  mkdirSync(join(home, 'models'), { recursive: true });
  cpSync(exported, folder, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(folder, 'kb_recall.json'), 'utf8'));
  writeFileSync(join(folder, 'kb_recall.json'), JSON.stringify({ ...manifest, id, baseModel: 'kb-recall-small' }));
  const models = (...change: string[]) => run(['models', '--home', home, ...change]);

  assert.match((await models('--pin', id)).out, new RegExp(`${id}  \\(from kb-recall-small\\)  pinned`));
  const refused = await models('--delete', id);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /is pinned, so it was not deleted/);
  assert.ok(existsSync(folder));
  assert.doesNotMatch((await models('--unpin', id)).out, /pinned/);
  const { code, out } = await models('--delete', id);
  assert.equal(code, 0);
  assert.doesNotMatch(out, new RegExp(id));
  assert.ok(!existsSync(folder));
});

test('the model that ships, and one that is not there, are neither pinned nor deleted', async () => {
  for (const id of ['kb-recall-small', 'gone', '../models'])
    for (const change of ['--pin', '--delete']) {
      const { code, err } = await run(['models', '--home', home, change, id]);
      assert.equal(code, 1, `${change} ${id}`);
      assert.match(err, /There is no tuned or downloaded model/);
    }
});

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
