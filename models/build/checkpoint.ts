// Named float32 tensors in a safetensors file, written so that a kill leaves the last whole file; and a run's state in one.
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { SafetensorsFile, writeSafetensors } from '../../src/engine/safetensors.ts';
import type { AdamW } from '../../src/engine/training/adamw.ts';
import type { Parameters } from '../../src/engine/training/parameters.ts';

export type Tensors = Map<string, { dims: number[]; data: Float32Array }>;

export async function readTensors(path: string): Promise<Tensors> {
  const file = await SafetensorsFile.open(path);
  const tensors: Tensors = new Map();
  for (const [name, { dims }] of file.tensors) tensors.set(name, { dims, data: await file.readFloat32(name) });
  await file.close();
  return tensors;
}

export async function saveTensors(
  path: string,
  tensors: Iterable<readonly [string, number[], Float32Array]>,
): Promise<void> {
  const whole = [...tensors].map(([name, dims, data]) => ({ name, dtype: 'F32' as const, dims, data }));
  await writeSafetensors(`${path}.new`, whole, { metadata: { format: 'pt' } });
  await rename(`${path}.new`, path);
}

/** Weights, the optimizer's moments and its count of steps. */
export async function saveCheckpoint(path: string, parameters: Parameters, optimizer: AdamW): Promise<void> {
  const tensors: [string, number[], Float32Array][] = [['steps', [1], new Float32Array([optimizer.steps])]];
  for (const { name, dims, data } of parameters.values()) {
    tensors.push([name, dims, data]);
    const moments = optimizer.moments.get(name);
    if (moments) tensors.push([`first ${name}`, dims, moments.first], [`second ${name}`, dims, moments.second]);
  }
  await saveTensors(path, tensors);
}

/** Puts a checkpoint's state back in place; the steps it was made after, 0 where there is none. */
export async function loadCheckpoint(path: string, parameters: Parameters, optimizer: AdamW): Promise<number> {
  if (!existsSync(path)) return 0;
  const saved = await readTensors(path);
  for (const { name, data } of parameters.values()) {
    data.set(saved.get(name)!.data);
    const [first, second] = [saved.get(`first ${name}`)?.data, saved.get(`second ${name}`)?.data];
    if (first && second) optimizer.moments.set(name, { first, second });
  }
  optimizer.steps = saved.get('steps')!.data[0]!;
  return optimizer.steps;
}
