// Reads what the scripts under test/reference stored of PyTorch's results.
import { SafetensorsFile } from '../../src/engine/safetensors.ts';

/** Vectors as they are, and gradients by weight, which are stored as 16-bit integers with a scale each. */
export async function readReference(
  path: string,
): Promise<{ embeddings: Float32Array; gradients: Map<string, Float32Array> }> {
  const file = await SafetensorsFile.open(path);
  const gradients = new Map<string, Float32Array>();
  for (const weight of file.tensors.keys()) {
    if (weight === 'embeddings') continue;
    const scale = Number(file.metadata[weight]);
    const integers = new Int16Array((await file.readBytes(weight)).buffer);
    gradients.set(
      weight,
      Float32Array.from(integers, (value) => value * scale),
    );
  }
  const embeddings = await file.readFloat32('embeddings');
  await file.close();
  return { embeddings, gradients };
}
