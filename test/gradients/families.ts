// The stored encoders of test/golden/families: model folders made of them, what PyTorch computed, and how exporters write them.
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Graph, Tensor } from '../../src/autodiff/graph.ts';
import { decodeModel, encodeModel } from '../../src/autodiff/proto.ts';
import { SafetensorsFile } from '../../src/engine/safetensors.ts';
import type { StepBatch } from '../../src/engine/training/step.ts';
import { readReference } from './reference.ts';

/** Where an input of an export comes from. */
interface Source {
  weight: string;
  transposed: boolean;
}

interface Expected {
  temperature: number;
  queries: number[][];
  passages: number[][];
  targets: number[];
  bias: number[];
  /** MPNet's buckets of the distances -600 to 600. */
  buckets: number[];
  families: Record<string, { loss: number; padId: number }>;
  exports: Record<string, { family: string; opset: number; weights: Record<string, Source> }>;
}

const GOLDEN = join(import.meta.dirname, '../golden/families');
export const expected = JSON.parse(readFileSync(join(GOLDEN, 'expected.json'), 'utf8')) as Expected;

const texts = (rows: number[][]): Int32Array[] => rows.map((row) => Int32Array.from(row));

/** All texts, queries first. */
export const sequences: Int32Array[] = [...texts(expected.queries), ...texts(expected.passages)];

export const batch: StepBatch = {
  queries: texts(expected.queries),
  passages: texts(expected.passages),
  targets: Float32Array.from(expected.targets),
  bias: Float32Array.from(expected.bias),
};

/** What PyTorch computed for a family: vectors of {@link sequences}, and gradients by weight. */
export const referenceOf = (family: string) => readReference(join(GOLDEN, family, 'reference.safetensors'));

/** A model folder without weights; the tokenizer is not looked at. */
async function frame(folder: string, family: string): Promise<string> {
  await mkdir(join(folder, 'onnx'), { recursive: true });
  await copyFile(join(GOLDEN, family, 'config.json'), join(folder, 'config.json'));
  await writeFile(join(folder, 'tokenizer.json'), '{}');
  return folder;
}

/** A model folder as transformers saves it. */
export async function savedFolder(folder: string, family: string): Promise<string> {
  await frame(folder, family);
  await copyFile(join(GOLDEN, family, 'model.safetensors'), join(folder, 'model.safetensors'));
  return folder;
}

/** The graph of an export with its weights inside. */
export async function exportedGraph(name: string): Promise<Graph> {
  const { family, weights } = expected.exports[name]!;
  const graph = decodeModel(gunzipSync(readFileSync(join(GOLDEN, 'exports', `${name}.onnx.gz`))));
  const file = await SafetensorsFile.open(join(GOLDEN, family, 'model.safetensors'));
  const initializers = new Map(graph.initializers);
  for (const [input, { weight, transposed }] of Object.entries(weights)) {
    const { dims } = file.info(weight);
    const data = await file.readFloat32(weight);
    const tensor: Tensor = transposed
      ? { type: 'float32', dims: dims.toReversed(), data: transpose(data, dims) }
      : { type: 'float32', dims, data };
    initializers.set(input, tensor);
  }
  await file.close();
  return { ...graph, initializers, inputs: graph.inputs.filter((input) => !(input.name in weights)) };
}

/** The graph without any name that tells what a weight is for. */
export function nameless(
  graph: Graph,
  weights: Record<string, Source>,
): { graph: Graph; weights: Record<string, Source> } {
  const names = new Map(Object.keys(weights).map((name, i) => [name, `w_${i}`]));
  const renamed = (name: string): string => names.get(name) ?? name;
  return {
    graph: {
      ...graph,
      initializers: new Map([...graph.initializers].map(([name, tensor]) => [renamed(name), tensor])),
      nodes: graph.nodes.map((node, i) => ({ ...node, name: `n_${i}`, inputs: node.inputs.map(renamed) })),
    },
    weights: Object.fromEntries(Object.entries(weights).map(([name, source]) => [renamed(name), source])),
  };
}

/** A model folder that holds an export. */
export async function exportedFolder(folder: string, family: string, graph: Graph): Promise<string> {
  await frame(folder, family);
  await writeFile(join(folder, 'onnx/model.onnx'), encodeModel(graph));
  return folder;
}

/** The gradients of an export under the weights' names, as PyTorch has them; what an export reads twice is added up. */
export function byWeight(
  gradients: ReadonlyMap<string, Float32Array>,
  weights: Record<string, Source>,
  dimsOf: (name: string) => number[],
): Map<string, Float32Array> {
  const found = new Map<string, Float32Array>();
  for (const [name, gradient] of gradients) {
    const { weight, transposed } = weights[name]!;
    const data = transposed ? transpose(gradient, dimsOf(name)) : gradient;
    found.set(weight, found.get(weight)?.map((value, i) => value + data[i]!) ?? data);
  }
  return found;
}

function transpose(data: Float32Array, [rows, columns]: readonly number[]): Float32Array {
  return Float32Array.from(data, (_, i) => data[(i % rows!) * columns! + Math.floor(i / rows!)]!);
}
