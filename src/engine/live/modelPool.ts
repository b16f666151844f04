// Open models, shared by the knowledge bases that use the same one and closed when nobody does.
import type { JobContext } from '../../core/progress.ts';
import type { ModelChoice } from '../../protocol/engine.ts';
import { type OpenModel, openModel } from '../openModel.ts';

/** A model taken from the pool: without its weights, which the runtime holds by itself. */
export interface LiveModel {
  key: string;
  model: Pick<OpenModel, 'folder' | 'embedder' | 'hash'>;
}

export class ModelPool {
  readonly #open = new Map<string, { model: Promise<LiveModel>; users: number }>();

  /** Opens a model or joins those who use it; give it back by `release`. */
  async take(choice: ModelChoice, context: JobContext): Promise<LiveModel> {
    const key = JSON.stringify([choice.model, choice.modelsFolder, choice.embeddedFolder, choice.threads]);
    const known = this.#open.get(key);
    if (known) {
      known.users++;
      return known.model;
    }
    const entry = {
      users: 1,
      model: openModel(choice, context).then(({ folder, embedder, hash }) => ({
        key,
        model: { folder, embedder, hash },
      })),
    };
    this.#open.set(key, entry);
    // A model that did not open is tried again the next time.
    entry.model.catch(() => this.#open.delete(key));
    return entry.model;
  }

  async release({ key, model }: LiveModel): Promise<void> {
    const entry = this.#open.get(key);
    if (!entry || --entry.users > 0) return;
    this.#open.delete(key);
    await model.embedder.close();
  }
}
