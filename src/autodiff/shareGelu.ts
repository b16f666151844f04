// Rewrites GELU for training, where the gradient needs its error function and its argument again: the fused operator would make
// them twice. Constants move into the products before and after it, so that fewer passes over the widest values remain.
import { GraphBuilder } from './builder.ts';
import { float, floatAttribute, type Graph, isTanhGelu, type Node, soleReaders } from './graph.ts';

/**
 * A graph with the same outputs in which every exact GELU is written as gelu(v) = (u + u erf u) / sqrt 2 with u = v / sqrt 2. The
 * input graph is not changed.
 */
export function shareGelu(graph: Graph): Graph {
  const originals = graph.nodes.map((node) => ({
    ...node,
    inputs: [...node.inputs],
    attributes: new Map(node.attributes),
  }));
  const b = GraphBuilder.rewriting(graph);
  const readers = soleReaders(originals);
  // An output of the graph is read from outside.
  for (const output of graph.outputs) readers.delete(output.name);
  const scaled = new Set<string>();
  for (const node of originals) {
    if (node.op === 'Gemm' && isExactGelu(readers.get(node.outputs[0]!))) {
      scaleProduct(b, node);
      scaled.add(node.outputs[0]!);
    }
    if (!isExactGelu(node)) {
      b.graph.nodes.push(node);
      continue;
    }
    const [input] = node.inputs as [string];
    const u = scaled.has(input) ? input : b.scale(input, Math.SQRT1_2);
    const factors = [u, b.add(b.op('Erf', [u]), b.scalar(1))];
    const after = readers.get(node.outputs[0]!);
    if (after?.op === 'Gemm' && after.inputs[0] === node.outputs[0]) {
      b.emit('Mul', factors, {}, { outputs: node.outputs });
      after.attributes.set('alpha', float(floatAttribute(after, 'alpha', 1) * Math.SQRT1_2));
    } else {
      b.emit('Mul', [b.op('Mul', factors), b.scalar(Math.SQRT1_2)], {}, { outputs: node.outputs });
    }
  }
  return b.graph;
}

function isExactGelu(node: Node | undefined): boolean {
  return node?.op === 'Gelu' && !isTanhGelu(node);
}

/** Divides a product's result by sqrt 2. The runtime scales the product for nothing, but the addend by a pass of its own, so that is scaled while small. */
function scaleProduct(b: GraphBuilder, gemm: Node): void {
  gemm.attributes.set('alpha', float(floatAttribute(gemm, 'alpha', 1) * Math.SQRT1_2));
  if (gemm.inputs[2]) gemm.inputs[2] = b.scale(gemm.inputs[2], Math.SQRT1_2);
}
