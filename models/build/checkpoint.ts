// Named float32 tensors in a safetensors file, written so that a kill leaves the last whole file.
import { rename } from 'node:fs/promises';
import { SafetensorsFile, writeSafetensors } from '../../src/engine/safetensors.ts';

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
