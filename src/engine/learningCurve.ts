// The learning curve: the same training on a quarter, half, three quarters and all of the training questions, each measured on the held-out ones.
import { CURVE_SHARES, type CurvePoint, curveVerdict, nestedParts, shareOfBudget } from '../core/learningCurve.ts';
import { recallOfRanks } from '../core/metrics.ts';
import type { JobContext } from '../core/progress.ts';
import type { RecallReport } from '../core/report.ts';
import { bootstrapInterval } from '../core/statistics.ts';
import type { CurveAnswer, TrainParams } from '../protocol/engine.ts';
import { Embedder } from './embedder.ts';
import { indexCorpus, readCorpus, withModel } from './indexed.ts';
import { withTuned } from './judge.ts';
import { measure, splitOf } from './measure.ts';
import { affordableSettings, trainingSides } from './training/plan.ts';
import { requireQuestions, requireTrainable } from './training/trainable.ts';
import { tune } from './training/tune.ts';

/** Trains four times and keeps none of the models. Throws a UserError where a quarter of the questions is too few to train on. */
export async function learningCurve(params: TrainParams, context: JobContext): Promise<CurveAnswer> {
  const corpus = await readCorpus(params, context);
  const { sides } = splitOf(params, corpus);
  const { trainQuestions, developmentQuestions } = trainingSides(params, corpus, sides);
  const seed = params.seed ?? 0;
  const parts = nestedParts(trainQuestions, seed);
  const heldOut = [...sides.values()].filter((side) => side === 'test').length;
  requireQuestions(parts[0]!, heldOut === 0 ? [] : developmentQuestions);
  return withModel(params, context, async (model) => {
    await requireTrainable(model.folder, model.weights);
    const indexed = await indexCorpus(params, corpus, model, context);
    // Of all questions, so that the parts differ in nothing but how many they are.
    const settings = affordableSettings(params, model, trainQuestions, indexed.windows);
    const before = await measure(params, corpus, sides, model, indexed, context);
    const k = before.primaryK;
    const recallsOf = ({ outcomes }: RecallReport): number[] =>
      outcomes.filter(({ split }) => split === 'test').map(({ answerRanks }) => recallOfRanks(answerRanks, k));
    const untouched = new Map([...model.weights.weights].map(([name, { data }]) => [name, data.slice()]));
    const { profile, tokenizer } = model.embedder;
    const points: CurvePoint[] = [{ share: 0, questions: 0, recalls: recallsOf(before) }];
    for (const [at, questions] of parts.entries()) {
      const part = inPart(context, at + 1, parts.length);
      for (const [name, data] of untouched) model.weights.weights.get(name)!.data.set(data);
      // Closed by each training.
      const embedder = await Embedder.of(model.weights, profile, tokenizer, { threads: params.threads });
      const wanted = { trainQuestions: questions, developmentQuestions };
      const minutes = settings.minutes && settings.minutes * shareOfBudget(CURVE_SHARES[at]!);
      const own = { ...settings, minutes };
      const { bestEpoch } = await tune({ ...model, embedder }, corpus, indexed, wanted, own, part);
      // Without a better checkpoint the weights are the base model's.
      const recalls =
        bestEpoch === 0
          ? points[0]!.recalls
          : await withTuned(params, corpus, sides, model, indexed.windows, part, async ({ report }) =>
              recallsOf(report),
            );
      points.push({ share: CURVE_SHARES[at]!, questions: questions.length, recalls });
    }
    return {
      model: model.folder.id,
      k,
      heldOut,
      points: points.map(({ share, questions, recalls }) => ({
        share,
        questions,
        recall: bootstrapInterval(recalls, { seed }),
      })),
      verdict: curveVerdict(points, seed),
    };
  });
}

/** Says with each step which of the trainings it belongs to. */
function inPart(context: JobContext, part: number, parts: number): JobContext {
  const { onProgress } = context;
  if (!onProgress) return context;
  return {
    ...context,
    onProgress: (progress) => onProgress({ ...progress, detail: { ...progress.detail, part, parts } }),
  };
}
