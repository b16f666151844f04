// Which weights a training changes by its mode, and the graph that it runs.
import { errors } from '../../core/errors.ts';
import type { TrainingMode } from '../../core/trainingMode.ts';
import { type Cut, cutBelow, layerCount } from '../graphs/cut.ts';
import type { TrainableEncoder } from '../graphs/trainingGraphs.ts';
import type { ModelWeights } from '../modelWeights.ts';
import { asValues, probeFacts } from '../probe.ts';
import { rowTables } from './parameters.ts';

/** What is trained of a model. */
export interface TrainedPart {
  encoder: Omit<TrainableEncoder, 'dimension'>;
  /** Set where only the top layers are trained. */
  cut?: Cut;
}

/** Layers that a training of the top layers takes where nobody says how many: a third. */
export function defaultTopLayers({ graph }: Pick<ModelWeights, 'graph'>): number {
  return Math.max(1, Math.round(layerCount(graph) / 3));
}

/** Layers that gradients pass through. */
export function trainedLayers(
  model: Pick<ModelWeights, 'graph'>,
  { mode, topLayers = defaultTopLayers(model) }: { mode: TrainingMode; topLayers?: number },
): number {
  const layers = layerCount(model.graph);
  return mode === 'top' ? Math.min(topLayers, layers) : layers;
}

/** Throws the `no-layers-to-cut` UserError where the top layers are asked for and the graph cannot be cut below them. */
export async function trainedPart(
  model: Pick<ModelWeights, 'graph' | 'weights'>,
  settings: { mode: TrainingMode; topLayers?: number },
): Promise<TrainedPart> {
  const { graph, weights } = model;
  const names = new Set(weights.keys());
  if (settings.mode !== 'top') {
    const isTrained = (name: string): boolean => settings.mode === 'all' || !isWordTable(name, weights.get(name)!.dims);
    return { encoder: { graph, weights: names, trainable: new Set([...names].filter(isTrained)) } };
  }
  const cut = await cutBelow(graph, names, trainedLayers(model, settings), (lower) => {
    const read = new Set(lower.inputs.map(({ name }) => name));
    return probeFacts(lower, asValues([...weights].filter(([name]) => read.has(name))));
  });
  if (!cut || cut.upperWeights.size === 0) throw errors.noLayersToCut();
  return { encoder: { graph: cut.upper, weights: names, trainable: cut.upperWeights }, cut };
}

/** Tables of a part that change by rows. */
export function tablesOf({ encoder }: TrainedPart, model: Pick<ModelWeights, 'weights'>): ReadonlySet<string> {
  return rowTables(encoder.graph, model.weights);
}

/** Vectors of words, one a row. */
export function isWordTable(name: string, dims: readonly number[]): boolean {
  return /word_embeddings|embed/.test(name) && dims.length === 2 && dims[0]! > 1000;
}
