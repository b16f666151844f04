// Reads an encoder that was exported to ONNX: its weights, and the graph in the form that is fast and can be trained.
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { canonicalise } from '../autodiff/canonical/index.ts';
import { type Graph, int, type Node, type Tensor, type ValueInfo } from '../autodiff/graph.ts';
import { decodeModel, ProtoError, TYPE_CODES } from '../autodiff/proto.ts';
import { errors } from '../core/errors.ts';
import { type BertConfig, buildBert } from './graphs/bert.ts';
import { namedWeights, type ShapeMismatch } from './graphs/onnxNames.ts';
import { TOKEN_INPUTS } from './graphs/tower.ts';
import { widenHalf } from './graphs/widenHalf.ts';
import type { ModelFolder } from './modelFolder.ts';
import type { ModelWeights, Weight } from './modelWeights.ts';
import { asValues, probeGraph } from './probe.ts';

const QUANTISED = /quantize|^QLinear|^QGemm|^QAttention|MatMulInteger|ConvInteger|MatMulNBits/i;

/** Loads an ONNX file; `bert` is the standard graph that config.json asks for, if there is one. */
export async function loadExported(
  folder: ModelFolder,
  path: string,
  bert: BertConfig | undefined,
): Promise<ModelWeights> {
  const file = relative(folder.path, path).replaceAll('\\', '/');
  const broken = (reason: string): Error => errors.modelFileBroken(folder.path, file, reason);
  const graph = await decoded(path, broken);
  const quantised = graph.nodes.find((node) => QUANTISED.test(node.op))?.op;
  if (bert && quantised === undefined) {
    const weights = namedWeights(graph, bert);
    if (weights && 'found' in weights) throw misshapen(folder, file, weights);
    if (weights) return { graph: buildBert(bert), weights, bert };
  }
  const stored = encoderOf(untied(graph), folder.config.hidden_size, broken);
  const weights = new Map<string, Weight>();
  for (const [name, tensor] of stored.initializers)
    if (isWeight(tensor)) weights.set(name, { dims: tensor.dims, data: tensor.data as Float32Array });
  const open: Graph = {
    ...stored,
    initializers: new Map([...stored.initializers].filter(([name]) => !weights.has(name))),
    inputs: [...stored.inputs, ...[...weights].map(([name, { dims }]) => ({ name, type: 'float32' as const, dims }))],
  };
  if (quantised !== undefined) return { graph: open, weights, stored: open, quantised };
  const known = await probeGraph(open, asValues(weights)).catch((error: Error) => {
    throw broken(`it does not run (${error.message})`);
  });
  return { graph: canonicalise(open, known), weights, stored: open };
}

/** The error of a weight whose shape is not what config.json asks for. */
export const misshapen = (folder: ModelFolder, file: string, { name, found, expected }: ShapeMismatch): Error =>
  errors.modelFileBroken(
    folder.path,
    file,
    `weight ${name} is ${found.join(' x ')}, but config.json asks for ${expected.join(' x ')}`,
  );

async function decoded(path: string, broken: (reason: string) => Error): Promise<Graph> {
  try {
    return widenHalf(decodeModel(await readFile(path)));
  } catch (error) {
    if (error instanceof ProtoError) throw broken(error.message);
    throw error;
  }
}

/** Single numbers are constants of the formulae, not weights. */
const isWeight = (tensor: Tensor): boolean => tensor.type === 'float32' && tensor.data.length > 1;

/** Exporters store equal weights once; as weights to be trained they are several again. */
function untied(graph: Graph): Graph {
  const initializers = new Map(graph.initializers);
  const nodes = graph.nodes.filter((node) => {
    const tensor = node.op === 'Identity' ? initializers.get(node.inputs[0]!) : undefined;
    if (!tensor) return true;
    initializers.set(node.outputs[0]!, { ...tensor, data: tensor.data.slice() });
    return false;
  });
  return { ...graph, nodes, initializers };
}

/** The graph with the inputs and the one output that an encoder has here. */
function encoderOf(graph: Graph, width: number, broken: (reason: string) => Error): Graph {
  const hidden = graph.outputs.find(({ name }) => name === 'last_hidden_state') ?? graph.outputs[0];
  if (hidden === undefined) throw broken('it has no output');
  const last = hidden.dims.at(-1);
  if (hidden.dims.length > 0 && (hidden.dims.length !== 3 || (typeof last === 'number' && last !== width)))
    throw broken(`its output ${hidden.name} is ${shapeText(hidden)}, but a vector of ${width} per token is expected`);
  for (const name of ['input_ids', 'attention_mask'])
    if (!graph.inputs.some((input) => input.name === name)) throw broken(`it has no input ${name}`);
  for (const input of graph.inputs) {
    if (!TOKEN_INPUTS.has(input.name))
      throw broken(`it asks for the input ${input.name}, which KB Recall does not give`);
    if (input.dims.length !== 2 || input.dims.some((dim) => typeof dim === 'number'))
      throw broken(`its input ${input.name} is ${shapeText(input)}; batch x length is expected, both of them free`);
    if (input.type !== 'int64' && input.type !== 'int32')
      throw broken(`its input ${input.name} is ${input.type}; whole numbers are expected`);
  }
  // Exporters name the sizes as they like.
  const inputs = graph.inputs.map((input) => ({ ...input, dims: ['batch', 'sequence'] }));
  const outputs = [{ ...hidden, dims: ['batch', 'sequence', width] }];
  return withLongInputs({ ...graph, inputs, outputs });
}

const shapeText = ({ dims }: ValueInfo): string => dims.map((dim) => dim ?? '?').join(' x ');

/** The graph with int64 inputs, cast where it wants int32. */
function withLongInputs(graph: Graph): Graph {
  const casts: Node[] = [];
  const inputs = graph.inputs.map((input): ValueInfo => {
    if (input.type !== 'int32') return input;
    const attributes: Node['attributes'] = new Map([['to', int(TYPE_CODES.int32)]]);
    const outputs = [`${input.name}_int32`];
    casts.push({ op: 'Cast', domain: '', name: outputs[0]!, inputs: [input.name], outputs, attributes });
    return { ...input, type: 'int64' };
  });
  if (casts.length === 0) return graph;
  const renamed = new Map(casts.map((cast) => [cast.inputs[0]!, cast.outputs[0]!]));
  const nodes = graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map((name) => renamed.get(name) ?? name) }));
  return { ...graph, inputs, nodes: [...casts, ...nodes] };
}
