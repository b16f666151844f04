// Finds layer normalisation that an exporter wrote out, as one does below operator set 17.
import { float, type Graph, int, intAttribute, type Node } from '../graph.ts';
import { View, withReplaced } from './view.ts';

/** Rank of a value, where it is known. */
export type RankOf = (value: string) => number | undefined;

/** (x - mean) / sqrt(variance + epsilon) * scale + bias over the last axis becomes one LayerNormalization. */
export function fuseLayerNorm(graph: Graph, rankOf: RankOf): Graph {
  const view = new View(graph);
  const replaced = new Map<Node, Node[]>();
  for (const root of graph.nodes) {
    if (root.op !== 'Sqrt') continue;
    const found = normalised(view, root, rankOf);
    const scaled = found && view.soleReader(found.value);
    if (!found || scaled?.op !== 'Mul') continue;
    const scale = View.other(scaled, found.value);
    const width = vectorWidth(view, scale);
    if (width === undefined) continue;
    const shifted = view.soleReader(scaled.outputs[0]!);
    const bias = shifted?.op === 'Add' ? View.other(shifted, scaled.outputs[0]!) : undefined;
    const hasBias = vectorWidth(view, bias) === width;
    const last = hasBias ? shifted! : scaled;
    replaced.set(last, [
      {
        op: 'LayerNormalization',
        // The runtime takes it in every operator set, ONNX's own from 17 on.
        domain: '',
        name: last.name,
        inputs: [found.input, scale, ...(hasBias ? [bias!] : [])],
        outputs: [last.outputs[0]!],
        attributes: new Map([
          ['axis', int(-1)],
          ['epsilon', float(found.epsilon)],
        ]),
      },
    ]);
  }
  return withReplaced(graph, replaced);
}

const vectorWidth = (view: View, value: string | undefined): number | undefined => {
  const dims = view.dims(value);
  return dims?.length === 1 && typeof dims[0] === 'number' && dims[0] > 1 ? dims[0] : undefined;
};

/** The quotient that a deviation `root` ends in, and what it normalises. */
function normalised(
  view: View,
  root: Node,
  rankOf: RankOf,
): { input: string; value: string; epsilon: number } | undefined {
  const sum = view.maker(root.inputs[0], 'Add');
  const variance = sum?.inputs.find((value) => view.maker(value, 'ReduceMean'));
  const epsilon = variance === undefined ? undefined : view.scalar(View.other(sum!, variance));
  const square = view.maker(lastMean(view, variance, rankOf), 'Pow', 'Mul');
  const centred = square?.inputs[0];
  if (epsilon === undefined || !square || centred === undefined) return undefined;
  const isSquare = square.op === 'Mul' ? square.inputs[1] === centred : view.scalar(square.inputs[1]) === 2;
  const input = centredValue(view, centred, rankOf);
  if (!isSquare || input === undefined) return undefined;
  // Some exporters subtract the mean twice.
  const isCentred = (value: string | undefined): boolean =>
    value === centred || (value !== undefined && centredValue(view, value, rankOf) === input);
  const [deviation] = root.outputs as [string];
  for (const reader of view.readersOf(deviation)) {
    if (reader.op === 'Div' && reader.inputs[1] === deviation && isCentred(reader.inputs[0]))
      return { input, value: reader.outputs[0]!, epsilon };
    const product = reader.op === 'Reciprocal' ? view.soleReader(reader.outputs[0]!) : undefined;
    if (product?.op === 'Mul' && isCentred(View.other(product, reader.outputs[0]!)))
      return { input, value: product.outputs[0]!, epsilon };
  }
  return undefined;
}

/** What `value` is the mean of over the last axis, the axis kept. */
function lastMean(view: View, value: string | undefined, rankOf: RankOf): string | undefined {
  const node = view.maker(value, 'ReduceMean');
  const axes = node && view.list(node, 'axes');
  if (!node || axes?.length !== 1 || intAttribute(node, 'keepdims', 1) !== 1) return undefined;
  const isLast = axes[0] === -1 || axes[0] === (rankOf(node.inputs[0]!) ?? 0) - 1;
  return isLast ? node.inputs[0] : undefined;
}

/** x where `value` is x - mean(x). */
function centredValue(view: View, value: string, rankOf: RankOf): string | undefined {
  const node = view.maker(value, 'Sub');
  return node && lastMean(view, node.inputs[1], rankOf) === node.inputs[0] ? node.inputs[0] : undefined;
}
