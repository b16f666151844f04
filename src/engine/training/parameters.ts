// The weights of a model in training: where they live, how they enter the graph, which are trained.
import { type Value, type Wrapped, wrap } from '../runtime.ts';

/** One weight; `data` is changed in place by the optimizer and seen by every session that was given `wrapped`. */
export interface Parameter {
  name: string;
  dims: number[];
  data: Float32Array;
  wrapped: Wrapped;
  /** Weight decay applies to matrices, not to biases and normalisation (Loshchilov and Hutter 2019, arXiv 1711.05101). */
  decay: boolean;
  trainable: boolean;
}

export type Parameters = ReadonlyMap<string, Parameter>;

/** Takes weights over (without copying). `frozen` names those that stay as they are. */
export function makeParameters(
  weights: Iterable<[string, { dims: number[]; data: Float32Array }]>,
  frozen: (name: string) => boolean = () => false,
): Parameters {
  const parameters = new Map<string, Parameter>();
  for (const [name, { dims, data }] of weights)
    parameters.set(name, {
      name,
      dims,
      data,
      wrapped: wrap({ type: 'float32', dims, data }),
      decay: dims.length > 1,
      trainable: !frozen(name),
    });
  return parameters;
}

/** The weights as plain values, for {@link probeFacts}. */
export function asValues(parameters: Parameters): Map<string, Value> {
  return new Map([...parameters].map(([name, p]) => [name, { type: 'float32', dims: p.dims, data: p.data }]));
}

/** A copy of all trainable weights, for the best checkpoint. */
export function snapshot(parameters: Parameters): Map<string, Float32Array> {
  const copy = new Map<string, Float32Array>();
  for (const p of parameters.values()) if (p.trainable) copy.set(p.name, p.data.slice());
  return copy;
}

/** Writes a snapshot back in place. */
export function restore(parameters: Parameters, saved: ReadonlyMap<string, Float32Array>): void {
  for (const [name, data] of saved) parameters.get(name)!.data.set(data);
}
