// Puts a copy of an encoder graph into a larger one, and makes normalised sentence vectors of its token vectors.
import type { GraphBuilder } from '../../autodiff/builder.ts';
import type { Graph } from '../../autodiff/graph.ts';

/** Inputs that an encoder may have for its tokens. */
export const TOKEN_INPUTS: ReadonlySet<string> = new Set(['input_ids', 'attention_mask', 'token_type_ids']);

/** Input of an encoder's upper part: what its lower part makes of every token. */
export const STATES = 'hidden_states';

/** Names of the inputs that one copy of an encoder adds to the graph. */
export interface EncoderInputs {
  ids: string;
  mask: string;
  /** Absent where the encoder takes none. */
  types?: string;
  /** float32, batch x sequence x hidden: of an encoder's upper part, see `cut.ts`. */
  states?: string;
}

/** Names of the inputs that one tower adds to the graph. */
export interface TowerInputs extends EncoderInputs {
  /** float32, batch x 1 x sequence: the weight of each token in the sentence vector, rows sum to 1. */
  pool: string;
}

/** One copy of the encoder inside a larger graph. */
export interface Tower {
  inputs: TowerInputs;
  /** L2-normalised sentence vectors, batch x hidden. */
  embedding: string;
}

/** Copies `encoder` under `prefix`; values in `shared` (weights) keep their names, so that copies use the same ones. Returns its output. */
export function appendEncoder(
  b: GraphBuilder,
  encoder: Graph,
  prefix: string,
  shared: ReadonlySet<string>,
): { inputs: EncoderInputs; output: string } {
  const renamed = (name: string): string => (name === '' || shared.has(name) ? name : `${prefix}.${name}`);
  for (const [name, tensor] of encoder.initializers)
    if (!b.graph.initializers.has(renamed(name)) && !shared.has(name)) b.initializer(renamed(name), tensor);
  for (const [domain, version] of encoder.opsets) b.graph.opsets.set(domain, version);
  const inputs: Partial<EncoderInputs> = {};
  for (const input of encoder.inputs) {
    if (shared.has(input.name)) continue;
    const name = b.input(
      renamed(input.name),
      input.type,
      input.dims.map((dim) => (typeof dim === 'string' ? `${prefix}.${dim}` : dim)),
    );
    if (input.name === 'input_ids') inputs.ids = name;
    else if (input.name === 'attention_mask') inputs.mask = name;
    else if (input.name === 'token_type_ids') inputs.types = name;
    else if (input.name === STATES) inputs.states = name;
    else throw new Error(`the encoder has an input that is not known: ${input.name}`);
  }
  if (!inputs.ids || !inputs.mask) throw new Error('the encoder has no input_ids or attention_mask');
  for (const node of encoder.nodes) {
    b.emit(node.op, node.inputs.map(renamed), Object.fromEntries(node.attributes), {
      domain: node.domain,
      outputs: node.outputs.map(renamed),
    });
    // What is refused later is told by the name that it has in the model's own file.
    if (node.name !== '') b.graph.nodes.at(-1)!.name = `${node.name} (${prefix})`;
  }
  return { inputs: { ...inputs, ids: inputs.ids, mask: inputs.mask }, output: renamed(encoder.outputs[0]!.name) };
}

/** Appends a copy of an encoder and what makes sentence vectors of it. Pooling is a product with a weight per token, which serves mean and CLS alike. */
export function appendTower(b: GraphBuilder, encoder: Graph, prefix: string, shared: ReadonlySet<string>): Tower {
  const { inputs, output } = appendEncoder(b, encoder, prefix, shared);
  const pool = b.input(`${prefix}.pool`, 'float32', [`${prefix}.batch`, 1, `${prefix}.sequence`]);
  const pooled = b.op('Squeeze', [b.matmul(pool, output), b.integers([1])]);
  // The tiny addend keeps an all-zero vector from becoming NaN.
  const length = b.add(b.op('ReduceL2', [pooled, b.integers([-1])]), b.scalar(1e-12));
  return { inputs: { ...inputs, pool }, embedding: b.div(pooled, length) };
}
