// Peak memory of a training of models as large as m3e-base (12 x 768, 102 M weights) and bce-embedding-base (278 M, of which 250,002 word
// vectors are 192 M), with random weights and texts as long as those of a knowledge base, 128 questions a batch.
// How to run, on a machine with 9 GB free and time (minutes for each line):
//   node --import tsx bench/memory.ts FOLDER [--shape m3e|bce|small] [--mode all|layers|top] [--batch 128] [--steps 2] [--hard 0] [--json]
// Each run is the whole `train` of the engine, with its checkpoint and best weights, in a process of its own; what the model's file, its
// first encoder and the judgement afterwards take is not in it. Prints the peak of resident memory, the estimate shown before a
// training, seconds of a step and pairs per second.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/core/random.ts';
import { TRAINING_MODES } from '../src/core/trainingMode.ts';
import { type BertConfig, bertWeightShapes, buildBert } from '../src/engine/graphs/bert.ts';
import type { ModelWeights } from '../src/engine/modelWeights.ts';
import { loadTokenizer } from '../src/engine/tokenizer.ts';
import { trainingBytes } from '../src/engine/training/estimate.ts';
import type { Example, Passage } from '../src/engine/training/examples.ts';
import { defaultSettings, type TrainingInput, train } from '../src/engine/training/trainer.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    shape: { type: 'string', default: 'm3e' },
    mode: { type: 'string', default: 'all' },
    batch: { type: 'string', default: '128' },
    steps: { type: 'string', default: '2' },
    hard: { type: 'string', default: '0' },
    threads: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
});
const SHAPES: Record<string, Partial<BertConfig>> = {
  m3e: { hidden: 768, layers: 12, heads: 12, feedForward: 3072, vocabulary: 21128 },
  bce: { hidden: 768, layers: 12, heads: 12, feedForward: 3072, vocabulary: 250002, positions: 514, tokenTypes: 1 },
  small: { hidden: 384, layers: 6, heads: 12, feedForward: 1536, vocabulary: 30522 },
};
const folder = positionals[0];
const mode = TRAINING_MODES.find((each) => each === values.mode);
if (!folder || !SHAPES[values.shape] || !mode)
  throw new Error('memory.ts FOLDER [--shape m3e|bce|small] [--mode all|layers|top]');
const config: BertConfig = {
  hidden: 768,
  layers: 12,
  heads: 12,
  feedForward: 3072,
  vocabulary: 21128,
  positions: 512,
  tokenTypes: 2,
  layerNormEpsilon: 1e-12,
  activation: 'gelu',
  positionsFromMask: false,
  padId: 0,
  ...SHAPES[values.shape],
};
const batch = Number(values.batch);
const steps = Number(values.steps);
const random = seededRandom(0);

/** Tokens of sections and of questions under the embedded model's tokenizer, sections at most as many as it reads. */
async function lengths(): Promise<{ sections: number[]; questions: number[] }> {
  const tokenizer = await loadTokenizer(join(import.meta.dirname, '../models/kb-recall-small'));
  const files = readdirSync(folder!, { recursive: true, encoding: 'utf8' });
  const text = (file: string): string => readFileSync(join(folder!, file), 'utf8');
  const sections = files
    .filter((file) => file.endsWith('.md'))
    .slice(0, 300)
    .flatMap((file) => text(file).split(/^#+ /m))
    .filter((section) => section.trim() !== '')
    .map((section) => Math.min(tokenizer.encode(section).length, 256));
  const questions = files
    .filter((file) => file.endsWith('.questions.jsonl'))
    .flatMap((file) => text(file).trim().split('\n'))
    .map((line) => tokenizer.encode((JSON.parse(line) as { question: string }).question).length);
  return { sections, questions };
}

function randomModel(): ModelWeights {
  const weights = new Map<string, { dims: number[]; data: Float32Array }>();
  for (const [name, dims] of bertWeightShapes(config)) {
    const data = new Float32Array(dims.reduce((a, b) => a * b));
    if (name.endsWith('LayerNorm.weight')) data.fill(1);
    else if (dims.length > 1) for (let i = 0; i < data.length; i++) data[i] = 0.07 * (random.next() - 0.5);
    weights.set(name, { dims, data });
  }
  return { graph: buildBert(config), weights, bert: config };
}

const known = await lengths();
const text = (of: number[]): Int32Array =>
  Int32Array.from({ length: of[random.below(of.length)]! }, () => 200 + random.below(config.vocabulary - 200));
const count = batch * steps;
const passages: Passage[] = Array.from({ length: 2 * count }, (_, snippet) => ({
  snippet,
  tokens: text(known.sections),
}));
const examples: Example[] = Array.from({ length: count }, (_, i) => ({
  query: text(known.questions),
  accepted: new Set([i]),
  positives: [i],
  hardNegatives: Array.from({ length: 4 }, () => count + random.below(count)),
  weight: 1,
}));
const model = randomModel();
const settings = {
  ...defaultSettings(model, 0),
  mode,
  batch,
  epochs: 1,
  titles: 0,
  fixedNegatives: 0,
  patience: 9,
  temperature: 0.05,
};
const tokens = [
  ...examples.slice(0, batch).map(({ query }) => query),
  ...passages.slice(0, batch).map((p) => p.tokens),
];
const work = mkdtempSync(join(tmpdir(), 'kb-memory-'));
const seconds: number[] = [];
let last = 0;
let scored = 0;
try {
  await train(
    {
      model,
      profile: { pooling: 'mean', dimension: config.hidden } as TrainingInput['profile'],
      padId: 0,
      passages,
      baseVectors: new Float32Array(0),
      examples,
      titleExamples: [],
      // Rises, so that best weights are kept as in a run that learns.
      development: async (_, embed) => {
        await embed(passages.slice(0, 16).map((passage) => passage.tokens));
        last = performance.now();
        return scored++;
      },
      work: { folder: work, key: { model: '', settings: '', questions: '', snippets: '' }, everySeconds: 0 },
    },
    { ...settings, hardNegatives: Number(values.hard), threads: Number(values.threads) },
    {
      onProgress: ({ detail }) => {
        if (detail?.epochEnd !== undefined) return;
        seconds.push((performance.now() - last) / 1000);
        last = performance.now();
      },
    },
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}
const weightCount = [...model.weights.values()].reduce((sum, { data }) => sum + data.length, 0);
const tableCount = config.vocabulary * config.hidden;
const estimate = trainingBytes({
  model,
  settings,
  tokensPerStep: tokens.reduce((sum, t) => sum + t.length, 0),
  windows: passages.length,
});
const median = seconds.sort((a, b) => a - b)[seconds.length >> 1]!;
const result = {
  shape: values.shape,
  mode,
  weights: `${(weightCount / 1e6).toFixed(0)} M (${(tableCount / 1e6).toFixed(0)} M of words)`,
  batch,
  'peak GB': Number((process.resourceUsage().maxRSS / 1e6).toFixed(2)),
  'estimate GB': Number((estimate / 1e9).toFixed(2)),
  's/step': Number(median.toFixed(1)),
  'pairs/s': Number((batch / median).toFixed(2)),
};
console.log(values.json ? JSON.stringify(result) : result);
