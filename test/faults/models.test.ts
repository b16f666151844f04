// Models on the disk that are not what they were: named, never used; the copy of the embedded one is made anew.
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { seededRandom } from '../../src/core/random.ts';
import { run } from '../cli/support.ts';
import { good, smallBase, temporary, tinyModel } from './support.ts';

const root = temporary({ after });
const base = join(root, 'kb');
const home = join(root, 'home');
const options = ['--threads', '1'];
let tuned = '';

before(async () => {
  smallBase(base);
  const model = await tinyModel(join(root, 'model'));
  const training = ['--model', model, ...options, '--epochs', '2', '--seed', '2', '--json'];
  tuned = JSON.parse(await good('train', base, '--home', home, ...training)).modelPath;
  assert.ok(tuned, 'a tuned model is needed');
});

test('one byte changed in the weights, the graph or the tokenizer of a tuned model is noticed, and nothing is measured with it', async (t) => {
  const random = seededRandom(5);
  for (const file of ['model.safetensors', 'onnx/model.onnx', 'tokenizer.json']) {
    const folder = join(temporary(t), 'tuned');
    cpSync(tuned, folder, { recursive: true });
    const path = join(folder, file);
    const bytes = readFileSync(path);
    // In its second half, where values stand and every other check passes.
    const at = Math.floor(bytes.length * (0.5 + 0.45 * random.next()));
    bytes[at] = bytes[at]! ^ 1;
    writeFileSync(path, bytes);
    const { code, err } = await run(['evaluate', base, '--home', temporary(t), '--model', folder, ...options]);
    assert.equal(code, 1, file);
    assert.match(
      err,
      /^Error: \S+ in the model folder .* cannot be used: its checksum is [0-9a-f]{64} instead of /,
      file,
    );
    assert.ok(err.includes(file), err);
  }
  await good('evaluate', base, '--home', temporary(t), '--model', tuned, ...options);
});

test('a damaged copy of the embedded model heals by itself', async (t) => {
  const own = temporary(t);
  const report = await good('evaluate', base, '--home', own, '--json', ...options);
  const expanded = join(own, 'models/.expanded/kb-recall-small/model.safetensors');
  const whole = readFileSync(expanded);
  const damaged = Buffer.from(whole);
  damaged[damaged.length >> 1] = damaged[damaged.length >> 1]! ^ 64;
  writeFileSync(expanded, damaged);
  assert.equal(await good('evaluate', base, '--home', own, '--json', ...options), report);
  assert.ok(readFileSync(expanded).equals(whole));
  assert.equal(readdirSync(join(own, 'indexes')).length, 1);
});
