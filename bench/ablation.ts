// What each measure of the fine-tuning brings: whole trainings with one measure turned off at a time, over several knowledge bases and
// splits, measured on held-out questions. How to run (minutes for each training):
//   flock /tmp/bench.lock nice node --import tsx bench/ablation.ts BASE... [--seeds 1,2] [--only NAME,...] [--home DIR] [--record FILE]
//     [--model ID|PATH] [--epochs N] [--held-out wordings]
// FILE (JSON lines, one a training) keeps what was measured: a second call with it trains only what is missing, and the table is of
// all of it. The veto of held-out questions is off here, and the checkpoint is chosen as ever, the base model included; so the figures are
// of what training gives, not of what would have been promoted.

import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readWorkspace } from '../src/cli/files.ts';
import { ndcgOfRanks, recallOfRanks } from '../src/core/metrics.ts';
import type { RecallReport } from '../src/core/report.ts';
import { HELD_OUT } from '../src/core/split.ts';
import { type Interval, mean, pairedInterval } from '../src/core/statistics.ts';
import { indexCorpus, readCorpus, withModel } from '../src/engine/indexed.ts';
import { withTuned } from '../src/engine/judge.ts';
import { measure, splitOf } from '../src/engine/measure.ts';
import { settingsOf, trainingSides } from '../src/engine/training/plan.ts';
import type { TrainingSettings } from '../src/engine/training/trainer.ts';
import { tune } from '../src/engine/training/tune.ts';
import type { TrainParams } from '../src/protocol/engine.ts';

/** The measures by what their absence, or their opposite, is called; of the standard settings, and those of a base with few windows. */
const VARIANTS: Record<string, (settings: TrainingSettings, small: TrainingSettings) => Partial<TrainingSettings>> = {
  'as it is': () => ({}),
  'no hard negatives': () => ({ hardNegatives: 0, fixedNegatives: 0 }),
  'hard negatives': () => ({ hardNegatives: 2, fixedNegatives: 16 }),
  'words as slow as layers': ({ learningRate }) => ({ rowRate: learningRate }),
  'no guard of false negatives': () => ({ guard: Number.POSITIVE_INFINITY }),
  'mining again': () => ({ remine: true }),
  'no titles': () => ({ titles: 0 }),
  'with paraphrases': () => ({ paraphrases: true }),
  'word vectors stay': () => ({ mode: 'layers' }),
  'twice the rates': ({ learningRate, rowRate }) => ({ learningRate: learningRate * 2, rowRate: rowRate * 2 }),
  'half the rates': ({ learningRate, rowRate }) => ({ learningRate: learningRate / 2, rowRate: rowRate / 2 }),
  'temperature 0.05': () => ({ temperature: 0.05 }),
  'layers stay': () => ({ learningRate: 0 }),
  'as a small base': (_, small) => small,
  'layers at a quarter of the rate': ({ learningRate }) => ({ learningRate: learningRate / 4 }),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '1' },
    only: { type: 'string' },
    home: { type: 'string', default: join(tmpdir(), 'kb-recall-ablation') },
    record: { type: 'string' },
    model: { type: 'string', default: 'kb-recall-small' },
    epochs: { type: 'string' },
    'held-out': { type: 'string', default: 'answers' },
  },
});
const heldOut = HELD_OUT.find((each) => each === values['held-out']);
if (heldOut === undefined) throw new Error(`--held-out is ${values['held-out']}; expected ${HELD_OUT.join(' or ')}`);
if (positionals.length === 0) throw new Error('ablation.ts BASE... [--seeds 1,2] [--only NAME,...]');
const chosen = values.only?.split(',') ?? Object.keys(VARIANTS);
for (const name of chosen)
  if (!(name in VARIANTS))
    throw new Error(`There is no variant "${name}"; expected ${Object.keys(VARIANTS).join(', ')}`);

/** What is measured of a question, in this order. */
const FIGURES = ['recall@1', 'recall@5', 'recall@10', 'nDCG@10'] as const;
const FIVE = FIGURES.indexOf('recall@5');

/** One training: figures of its held-out questions by id. */
interface Trial {
  base: string;
  seed: number;
  variant: string;
  /** {@link FIGURES} of each held-out question before and after. */
  questions: Record<string, { before: number[]; after: number[] }>;
  steps: number;
  bestEpoch: number;
  blend: number;
  development: number[];
  seconds: number;
}

const trials: Trial[] =
  values.record && existsSync(values.record)
    ? readFileSync(values.record, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Trial)
    : [];

for (const folder of positionals) {
  for (const seed of values.seeds.split(',').map(Number)) {
    for (const variant of chosen) {
      const base = nameOf(folder);
      if (trials.some((each) => each.base === base && each.seed === seed && each.variant === variant)) continue;
      const trial = await run(resolve(folder), seed, variant);
      trials.push(trial);
      if (values.record) appendFileSync(values.record, `${JSON.stringify(trial)}\n`);
      const { steps, bestEpoch, blend, seconds, development } = trial;
      const gain = intervalText(difference([trial], 'recall@5'));
      console.log(
        `${base} seed ${seed} ${variant}: recall@5 ${gain}; ${steps} steps, best epoch ${bestEpoch}, blend ${blend}, ${seconds.toFixed(0)} s, development ${development.map((score) => score.toFixed(3)).join(' ')}`,
      );
    }
  }
}
table();

/** A base, and what is held out of it where that is not answers. */
function nameOf(folder: string): string {
  return basename(folder) + (heldOut === 'answers' ? '' : ` (${heldOut})`);
}

async function run(folder: string, seed: number, variant: string): Promise<Trial> {
  const { documents, findings, excluded } = await readWorkspace(folder);
  const params: TrainParams = {
    base: { folder, documents, unreadable: findings, excluded, indexFolder: join(values.home, basename(folder)) },
    model: values.model,
    modelsFolder: join(values.home, 'models'),
    embeddedFolder: resolve(import.meta.dirname, '../models'),
    seed,
    heldOut,
    ...(values.epochs && { epochs: Number(values.epochs) }),
  };
  const corpus = await readCorpus(params, {});
  const { sides } = splitOf(params, corpus);
  return withModel(params, {}, async (model) => {
    const indexed = await indexCorpus(params, corpus, model, {});
    const before = await measure(params, corpus, sides, model, indexed, {});
    const wanted = trainingSides(params, corpus, sides);
    const size = { questions: wanted.trainQuestions.length, windows: indexed.windows.length };
    const standard = settingsOf(params, model, size);
    const small = settingsOf(params, model, { ...size, windows: 0 });
    const settings = { ...standard, ...VARIANTS[variant]!(standard, small) };
    const started = performance.now();
    const outcome = await tune(model, corpus, indexed, wanted, settings);
    const seconds = (performance.now() - started) / 1000;
    const after =
      outcome.bestEpoch === 0
        ? before
        : await withTuned(params, corpus, sides, model, indexed.windows, {}, async ({ report }) => report);
    const [was, is] = [figures(before), figures(after)];
    return {
      base: nameOf(folder),
      seed,
      variant,
      questions: Object.fromEntries([...was].map(([id, pair]) => [id, { before: pair, after: is.get(id)! }])),
      steps: outcome.steps,
      bestEpoch: outcome.bestEpoch,
      blend: outcome.blend,
      development: [outcome.baseDevelopment, ...outcome.history.flatMap(({ development }) => development ?? [])],
      seconds,
    };
  });
}

function figures({ outcomes }: RecallReport): Map<string, number[]> {
  return new Map(
    outcomes
      .filter(({ split }) => split === 'test')
      .map(({ id, answerRanks, relevance }) => [
        id,
        [...[1, 5, 10].map((k) => recallOfRanks(answerRanks, k)), ndcgOfRanks(answerRanks, 10, relevance)],
      ]),
  );
}

/** After minus before, all questions of the trials together. */
function difference(of: readonly Trial[], figure: (typeof FIGURES)[number]): Interval {
  const at = FIGURES.indexOf(figure);
  const pairs = of.flatMap(({ questions }) => Object.values(questions));
  return pairedInterval(
    pairs.map(({ before }) => before[at]!),
    pairs.map(({ after }) => after[at]!),
    { seed: 0 },
  );
}

/** A variant minus the standard, over the trials that both have. */
function against(variant: string): { text: string; trials: Trial[] } {
  const key = ({ base, seed }: Trial): string => `${base} ${seed}`;
  const standard = new Map(trials.filter((each) => each.variant === 'as it is').map((each) => [key(each), each]));
  const both = trials.filter((each) => each.variant === variant && standard.has(key(each)));
  const pairs = both.flatMap((each) =>
    Object.entries(each.questions).map(([id, { after }]) => [
      standard.get(key(each))!.questions[id]!.after[FIVE],
      after[FIVE],
    ]),
  );
  const text =
    variant === 'as it is' || pairs.length === 0
      ? ''
      : intervalText(
          pairedInterval(
            pairs.map(([with_]) => with_!),
            pairs.map(([, without]) => without!),
            { seed: 0 },
          ),
        );
  return { text, trials: both };
}

function table(): void {
  const rows = Object.keys(VARIANTS)
    .filter((variant) => trials.some((each) => each.variant === variant))
    .map((variant) => {
      const { text, trials: of } = against(variant);
      const all = of.length > 0 ? of : trials.filter((each) => each.variant === variant);
      const questions = all.reduce((sum, each) => sum + Object.keys(each.questions).length, 0);
      const seconds = mean(all.map((each) => each.seconds));
      const gains = FIGURES.map((figure) => intervalText(difference(all, figure)));
      return `| ${[variant, all.length, questions, ...gains, text, `${seconds.toFixed(0)} s`].join(' | ')} |`;
    });
  const heads = ['variant', 'trainings', 'held-out questions', ...FIGURES.map((figure) => `${figure} after - before`)];
  heads.push('recall@5 against "as it is"', 'time');
  console.log(`\n| ${heads.join(' | ')} |`);
  console.log(`|${' --- |'.repeat(heads.length)}`);
  console.log(rows.join('\n'));
}

function intervalText({ value, low, high }: Interval): string {
  const points = (share: number): string => `${share < 0 ? '' : '+'}${(share * 100).toFixed(1)}`;
  return `${points(value)} [${points(low)}, ${points(high)}]`;
}
