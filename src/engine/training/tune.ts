// A fine-tuning on a knowledge base that is indexed: its inputs gathered from the index, its search closed, its refusals told.

import type { Corpus } from '../../core/corpus.ts';
import type { JobContext } from '../../core/progress.ts';
import { type Indexed, scorerOf, vectorsOf } from '../indexed.ts';
import type { OpenModel } from '../openModel.ts';
import { type FineTuneInput, fineTune } from './fineTune.ts';
import { asNotTrainable } from './trainable.ts';
import type { TrainingOutcome, TrainingSettings } from './trainer.ts';

/** Trains `model.weights` in place; its encoder is closed then. Throws a UserError for a model that cannot be trained. */
export async function tune(
  model: Pick<OpenModel, 'folder' | 'weights' | 'embedder'>,
  corpus: Pick<Corpus, 'snippets'>,
  indexed: Indexed,
  wanted: Pick<FineTuneInput, 'trainQuestions' | 'developmentQuestions' | 'work'>,
  settings: TrainingSettings,
  context: JobContext = {},
): Promise<TrainingOutcome> {
  const { folder, weights, embedder } = model;
  const scorer = await scorerOf(indexed, model);
  const input: FineTuneInput = {
    embedder,
    model: weights,
    snippets: corpus.snippets,
    windows: indexed.windows,
    vectors: vectorsOf(indexed, embedder.profile.dimension),
    scorer,
    ...wanted,
  };
  return fineTune(input, settings, context)
    .catch((error) => {
      throw asNotTrainable(folder.id, error);
    })
    .finally(() => scorer.close());
}
