// Vectors of question wordings under one model, each wording embedded once.
import type { Question } from '../../core/question.ts';
import type { Embedder } from '../embedder.ts';

export class QueryVectors {
  readonly #byText = new Map<string, Float32Array>();

  /** Vectors of the questions, row-major, in their order; only new wordings are embedded. Ends with the signal's AbortError. */
  async of(
    questions: readonly Pick<Question, 'text'>[],
    embedder: Embedder,
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const { dimension } = embedder.profile;
    const missing = [...new Set(questions.map(({ text }) => text))].filter((text) => !this.#byText.has(text));
    const vectors = await embedder.embed(missing, 'query', { signal });
    missing.forEach((text, row) => {
      this.#byText.set(text, vectors.slice(row * dimension, (row + 1) * dimension));
    });
    const matrix = new Float32Array(questions.length * dimension);
    questions.forEach(({ text }, row) => {
      matrix.set(this.#byText.get(text)!, row * dimension);
    });
    return matrix;
  }

  /** All of them by wording, in a map that later calls do not change. */
  copy(): ReadonlyMap<string, Float32Array> {
    return new Map(this.#byText);
  }

  /** For another model. */
  clear(): void {
    this.#byText.clear();
  }
}
