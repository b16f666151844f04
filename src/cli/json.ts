// The objects that `--json` prints.
import { powerOf } from '../core/power.ts';
import { type RecallReport, reportJson } from '../core/report.ts';
import type { EvaluateAnswer, TrainAnswer } from '../protocol/engine.ts';

/** Of `evaluate`: figures and failures of the held-out questions, figures of the other slices, what so many questions can tell, findings. */
export function evaluationJson({ report, findings, served }: EvaluateAnswer) {
  const answered = served && { served: { ...served, report: withSlices(served.report) } };
  return { ...withSlices(report), power: powerOf(report.slices.test.questions), findings, ...answered };
}

/** Of `train`: the object of `evaluate` for the model that is now best, with what training did. */
export function trainingJson(answer: TrainAnswer) {
  const {
    before,
    after,
    comparison,
    forgetting,
    promoted,
    verdict,
    notices,
    steps,
    seconds,
    modelPath,
    bestEpoch,
    history,
    findings,
  } = answer;
  return {
    ...withSlices(promoted && after ? after : before),
    findings,
    before: withSlices(before),
    after: after ? withSlices(after) : null,
    comparison: comparison ?? null,
    forgetting: forgetting ?? null,
    promoted,
    verdict,
    notices,
    steps,
    seconds,
    modelPath: modelPath ?? null,
    bestEpoch,
    history,
    trainQuestions: answer.trainQuestions,
    developmentQuestions: answer.developmentQuestions,
  };
}

function withSlices(report: RecallReport) {
  const { train, all } = report.slices;
  return { ...reportJson(report, 'test'), slices: { train, all } };
}
