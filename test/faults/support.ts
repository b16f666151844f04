// What the fault tests share: a model of some thousand random weights and a small knowledge base in two languages, so that a run takes half a
// second and can be disturbed many times; a seed that is printed; small and read-only disks.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Tensor } from '../../src/autodiff/graph.ts';
import { type Random, seededRandom } from '../../src/core/random.ts';
import { bertWeightShapes } from '../../src/engine/graphs/bert.ts';
import { parseManifest, readManifestText } from '../../src/engine/indexManifest.ts';
import { loadModelTokenizer, type ModelConfig, openModelFolder } from '../../src/engine/modelFolder.ts';
import { listModels } from '../../src/engine/modelStore.ts';
import { bertConfig, loadWeights } from '../../src/engine/modelWeights.ts';
import { writeSafetensors } from '../../src/engine/safetensors.ts';
import { openIndex } from '../../src/engine/vectorStore.ts';
import type { WorkspaceSettings } from '../../src/protocol/workspace.ts';
import { generateBase } from '../cli/generate.ts';
import { ROOT, run } from '../cli/support.ts';

export const TINY_CONFIG: ModelConfig = {
  model_type: 'bert',
  hidden_size: 32,
  num_hidden_layers: 1,
  num_attention_heads: 4,
  intermediate_size: 64,
  vocab_size: 420,
  hidden_act: 'gelu',
  max_position_embeddings: 64,
  type_vocab_size: 2,
  pad_token_id: 0,
};

/** Writes a BERT folder of one layer with random weights: it embeds and trains in milliseconds. */
export async function tinyModel(folder: string): Promise<string> {
  mkdirSync(join(folder, '1_Pooling'), { recursive: true });
  for (const file of ['tokenizer.json', 'tokenizer_config.json'])
    copyFileSync(join(ROOT, 'test/golden/tokenizers/bert-uncased', file), join(folder, file));
  writeFileSync(join(folder, 'config.json'), JSON.stringify(TINY_CONFIG));
  const pooling = { word_embedding_dimension: 32, pooling_mode_mean_tokens: true };
  writeFileSync(join(folder, '1_Pooling/config.json'), JSON.stringify(pooling));
  const random = seededRandom(1);
  const weights: (Tensor & { name: string; dtype: 'F32'; data: Float32Array })[] = [];
  for (const [name, dims] of bertWeightShapes(bertConfig(TINY_CONFIG)!)) {
    const middle = name.endsWith('LayerNorm.weight') ? 1 : 0;
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => middle + 0.1 * random.normal());
    weights.push({ name, type: 'float32', dtype: 'F32', dims, data });
  }
  await writeSafetensors(join(folder, 'model.safetensors'), weights);
  return folder;
}

const CHINESE = [
  ['退款', '退款将在五个工作日内退回原支付卡。', '钱什么时候退回？'],
  ['密码', '打开设置，选择“重置密码”。', '忘记密码怎么办？'],
  ['缺纸', '请装入纸张后按“继续”。', '打印机没有纸了怎么处理？'],
  ['客服时间', '客服时间为周一至周五九点到十八点。', '周末有客服吗？'],
] as const;

/** A knowledge base of about a hundred snippets and fifty questions in English and Chinese; the same every time. */
export function smallBase(folder: string, sites = 4): string {
  generateBase(folder, sites, 40, 2);
  writeFileSync(join(folder, '帮助.md'), CHINESE.map(([title, text]) => `# ${title}\n\n${text}\n`).join('\n'));
  const asked = CHINESE.map(([title, , question]) => JSON.stringify({ question, answers: [`帮助.md#${title}`] }));
  writeFileSync(join(folder, '帮助.questions.jsonl'), `${asked.join('\n')}\n`);
  return folder;
}

/** A seed that the run prints; KB_RECALL_TEST_SEED=N repeats it. */
export function seeded(t: TestContext): Random {
  const seed = Number(process.env.KB_RECALL_TEST_SEED ?? Date.now() % 1e6);
  t.diagnostic(`KB_RECALL_TEST_SEED=${seed} repeats the moments`);
  return seededRandom(seed);
}

/** Anything with `after`: a test's context, or the hooks of a file. */
interface Cleaner {
  after(work: () => void): void;
}

export function temporary(t: Cleaner): string {
  const folder = mkdtempSync(join(tmpdir(), 'kb-fault-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return folder;
}

/** A disk in memory of `size` (as mount takes it), mounted for the length of the test. Fails, never skips, where mounting is not allowed. */
export function smallDisk(t: TestContext, size: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'kb-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    throw new Error(
      `This test fills a real disk and may not mount one (${String(error)}). Run it as root, or as: unshare --user --map-root-user --mount npm test`,
    );
  }
  t.after(() => {
    execFileSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Makes a disk of {@link smallDisk} read-only, for root as well, or writable again. */
export function setReadOnly(disk: string, readOnly: boolean): void {
  execFileSync('mount', ['-o', `remount,${readOnly ? 'ro' : 'rw'}`, disk], { stdio: 'pipe' });
}

/** What a home folder holds, every file of it read by the code that will read it next; throws where one is not whole. */
export async function readHome(home: string): Promise<{ indexes: string[]; models: string[]; runs: number }> {
  const indexes: string[] = [];
  for (const base of names(join(home, 'indexes')))
    for (const name of names(join(home, 'indexes', base))) {
      const folder = join(home, 'indexes', base, name);
      const text = await readManifestText(folder);
      // Killed before the first write was complete: an index that is not there.
      if (text === undefined) continue;
      const { index, notice } = await openIndex(folder, parseManifest(text).stamp);
      assert.equal(notice, undefined, `${folder}: ${notice?.message}`);
      assert.ok(index.vectors.every(Number.isFinite));
      indexes.push(name);
    }
  const modelsFolder = join(home, 'models');
  const models: string[] = [];
  const candidates = (await listModels([join(modelsFolder, '.candidates')])).map(({ id }) => `.candidates/${id}`);
  for (const id of [...(await listModels([modelsFolder])).map((each) => each.id), ...candidates]) {
    const folder = await openModelFolder(join(modelsFolder, id));
    const { weights } = await loadWeights(folder);
    for (const [name, { data }] of weights) assert.ok(data.every(Number.isFinite), `${id} ${name}`);
    await loadModelTokenizer(folder);
    models.push(id);
  }
  const records = names(join(modelsFolder, '.runs')).filter((name) => name.endsWith('.json'));
  for (const name of records) JSON.parse(readFileSync(join(modelsFolder, '.runs', name), 'utf8'));
  const hashes = join(modelsFolder, '.hashes.json');
  if (existsSync(hashes)) JSON.parse(readFileSync(hashes, 'utf8'));
  return { indexes, models, runs: records.length };
}

function names(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => !/^\..*\.(tmp|new|old)$/.test(name)) : [];
}

/** A run of the command line in this process that must succeed; returns what it printed. */
export async function good(...args: string[]): Promise<string> {
  const { code, out, err } = await run(args);
  assert.equal(code, 0, err);
  return out;
}

/** What every command over the tiny model is told, and what a training is told besides. */
export function commandOptions(model: string): { options: string[]; training: string[] } {
  const options = ['--model', model, '--threads', '1'];
  return { options, training: [...options, '--epochs', '2', '--seed', '2'] };
}

/** Settings of a window over the tiny model. */
export function windowSettings(
  place: Pick<WorkspaceSettings, 'folder' | 'indexFolder' | 'model' | 'modelsFolder'>,
): WorkspaceSettings {
  return {
    ...place,
    embeddedFolder: join(ROOT, 'models'),
    threads: 1,
    ks: [1, 5],
    primaryK: 5,
    seed: 0,
    trainShare: 0.6,
    retrieval: 'vectors',
    lint: false,
  };
}
