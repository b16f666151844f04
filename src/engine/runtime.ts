// The only importer of onnxruntime-node: opens a session, runs it, closes it.
import './noTelemetry.ts';
import ort from 'onnxruntime-node';
import type { DataType, TensorArray } from '../autodiff/graph.ts';

/** A tensor at the border of a session: row-major data over which no copy is made on the way in. */
export interface Value {
  type: DataType;
  dims: readonly number[];
  data: TensorArray;
}

/** How a session is opened. */
export interface SessionOptions {
  /** Threads of one operator; default: one per core. */
  threads?: number;
  /**
   * `all` fuses and reorders, for inference. `basic` folds constants only: onnxruntime 1.30 crashes on a training graph with
   * `all`, since its fusion of Add and LayerNormalization drops the Mean and InvStdDev outputs that the gradients read.
   * `none` runs the graph as written, so that every value in it exists.
   */
  optimize?: 'all' | 'basic' | 'none';
}

const LEVELS = { all: 'all', basic: 'basic', none: 'disabled' } as const;

type OrtType = 'float32' | 'float64' | 'float16' | 'int64' | 'int32' | 'int8' | 'uint8' | 'bool';

/** Wraps a value once, so that a weight used in every step is not wrapped again; the wrapper sees later changes of the data. */
export function wrap(value: Value): ort.Tensor {
  return new ort.Tensor(value.type as OrtType, value.data as Float32Array, value.dims);
}

export type Wrapped = ort.Tensor;

/** An open model. */
export class Session {
  private constructor(private readonly session: ort.InferenceSession) {}

  /** Opens a model from bytes or from a file. Throws the runtime's own error when it does not load. */
  static async open(model: Uint8Array | string, options: SessionOptions = {}): Promise<Session> {
    const settings: ort.InferenceSession.SessionOptions = {
      executionProviders: ['cpu'],
      graphOptimizationLevel: LEVELS[options.optimize ?? 'all'],
      // Batches differ in shape, so planned memory patterns would be recomputed and kept for each of them.
      enableMemPattern: false,
      logSeverityLevel: 3,
    };
    if (options.threads !== undefined) settings.intraOpNumThreads = options.threads;
    const session =
      typeof model === 'string'
        ? await ort.InferenceSession.create(model, settings)
        : await ort.InferenceSession.create(model, settings);
    return new Session(session);
  }

  get inputNames(): readonly string[] {
    return this.session.inputNames;
  }

  get outputNames(): readonly string[] {
    return this.session.outputNames;
  }

  /** Runs the model; `fetches` may name wanted outputs, each with a wrapper to be filled in place or null. */
  async run(
    feeds: Record<string, Value | Wrapped>,
    fetches?: Record<string, Wrapped | null>,
  ): Promise<Record<string, Value>> {
    const wrapped: Record<string, ort.Tensor> = {};
    for (const [name, value] of Object.entries(feeds))
      wrapped[name] = value instanceof ort.Tensor ? value : wrap(value as Value);
    const results = fetches ? await this.session.run(wrapped, fetches) : await this.session.run(wrapped);
    return results as unknown as Record<string, Value>;
  }

  async close(): Promise<void> {
    await this.session.release();
  }
}
