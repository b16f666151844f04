// Texts to vectors: the model's own tokens, batches of similar length under a token budget, progress and cancellation between them.
import { GraphBuilder } from '../autodiff/builder.ts';
import { encodeModel } from '../autodiff/proto.ts';
import type { JobContext } from '../core/progress.ts';
import type { Encoder, ModelProfile, Tokenizer } from './encoder.ts';
import { appendTower, type TowerInputs } from './graphs/tower.ts';
import { loadModelTokenizer, type ModelFolder } from './modelFolder.ts';
import { loadWeights, type ModelWeights } from './modelWeights.ts';
import { Session } from './runtime.ts';
import { MICRO_BATCH, packTokens, towerFeeds, vectorsInBatches } from './tokenBatch.ts';

export interface EmbedderOptions {
  threads?: number;
}

/** An encoder on our own runtime session. */
export class Embedder implements Encoder {
  private constructor(
    readonly profile: ModelProfile,
    readonly tokenizer: Tokenizer,
    private session: Session | undefined,
    private readonly inputs: TowerInputs,
    private readonly output: string,
  ) {}

  /** Opens a model folder for embedding. Throws a UserError naming what is missing or broken. */
  static async open(folder: ModelFolder, options: EmbedderOptions = {}): Promise<Embedder> {
    return Embedder.of(await loadWeights(folder), folder.profile, await loadModelTokenizer(folder), options);
  }

  /** An encoder over weights in memory, which are copied: later training steps do not change it. */
  static async of(
    model: ModelWeights,
    profile: ModelProfile,
    tokenizer: Tokenizer,
    options: EmbedderOptions = {},
  ): Promise<Embedder> {
    const b = GraphBuilder.empty('embed');
    const shared = new Set(model.weights.keys());
    for (const [name, { dims, data }] of model.weights) b.initializer(name, { type: 'float32', dims, data });
    const tower = appendTower(b, model.graph, 'text', shared);
    b.output(tower.embedding, 'float32', ['text.batch', profile.dimension]);
    const session = await Session.open(encodeModel(b.graph), { threads: options.threads });
    return new Embedder(profile, tokenizer, session, tower.inputs, tower.embedding);
  }

  /** Token ids of a text with the prefix of its side, cut to what the model reads. */
  tokens(text: string, side: 'query' | 'passage'): Int32Array {
    const prefix = side === 'query' ? this.profile.queryPrefix : this.profile.passagePrefix;
    return this.tokenizer.encode(prefix + text, this.profile.maxTokens);
  }

  async embed(texts: readonly string[], side: 'query' | 'passage', context: JobContext = {}): Promise<Float32Array> {
    return this.embedTokens(
      texts.map((text) => this.tokens(text, side)),
      context,
    );
  }

  /** Vectors of token sequences, row-major, in the order given. */
  async embedTokens(sequences: readonly Int32Array[], context: JobContext = {}): Promise<Float32Array> {
    const { dimension, pooling } = this.profile;
    const { session } = this;
    if (!session) throw new Error('The encoder is closed.');
    return vectorsInBatches(
      sequences,
      { width: dimension, tokenBudget: MICRO_BATCH, signal: context.signal },
      async (texts) => {
        const batch = packTokens(texts, this.tokenizer.padId, pooling);
        const results = await session.run(towerFeeds(this.inputs, batch));
        return results[this.output]!.data as Float32Array;
      },
      (done) => context.onProgress?.({ stage: 'embed', done, total: sequences.length }),
    );
  }

  /** Frees the model; tokens can still be asked for. A second call does nothing. */
  async close(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    await session?.close();
  }
}
