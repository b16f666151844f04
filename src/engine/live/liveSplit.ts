// The split of a knowledge base that is being edited.
import type { Corpus } from '../../core/corpus.ts';
import { type SplitOptions, type SplitResult, splitQuestions } from '../../core/split.ts';

/** Keeps the last split: it costs a comparison of all wordings, so it is made again only when a question or an answer changed. */
export class LiveSplit {
  #last: { corpus: Corpus; key: string; result: SplitResult } | undefined;

  /** The sides of a corpus; `options` are those of the calls before, or {@link forget} was called between. */
  of(corpus: Corpus, options: SplitOptions): SplitResult {
    if (this.#last?.corpus === corpus) return this.#last.result;
    const key = JSON.stringify(
      corpus.questions.map(({ id, text, variants, answers, split, file, range }) => [
        id,
        text,
        variants,
        answers.map(({ snippetIds }) => snippetIds),
        split,
        file,
        range.start.line,
      ]),
    );
    const result = this.#last?.key === key ? this.#last.result : splitQuestions(corpus.questions, options);
    this.#last = { corpus, key, result };
    return result;
  }

  /** For other settings. */
  forget(): void {
    this.#last = undefined;
  }
}
