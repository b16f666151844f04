// The causes of all failing questions of one measurement: what they are found from is gathered once.
import type { Cause, Stretch, Surroundings } from '../core/causes/cause.ts';
import { causesOf } from '../core/causes/decide.ts';
import { findHubs } from '../core/causes/hubs.ts';
import { wordsOf } from '../core/causes/words.ts';
import type { Corpus } from '../core/corpus.ts';
import { isFailing } from '../core/diagnosis.ts';
import { DocumentFrequencies } from '../core/lexical/frequencies.ts';
import { pushTo } from '../core/multimap.ts';
import type { Retrieval } from '../core/report.ts';
import type { QuestionState } from '../core/state.ts';
import type { OpenModel } from './openModel.ts';
import { readsScript } from './scripts.ts';
import type { WindowEntry } from './vectorStore.ts';
import { WordRanking } from './wordRanking.ts';

/** What was measured. */
export interface Measured {
  corpus: Corpus;
  /** All questions; those with an outcome were measured. */
  questions: readonly QuestionState[];
  k: number;
  retrieval: Retrieval | undefined;
  /** Of all snippets, each snippet's in their order. */
  windows: readonly Pick<WindowEntry, 'snippetId' | 'start' | 'end'>[];
  model: Pick<OpenModel, 'folder' | 'embedder'>;
  /** Markdown files that exist and do not belong to the knowledge base. */
  excluded: ReadonlySet<string>;
}

/** Finds causes again and again for one knowledge base, remembering what an edit does not change. */
export class CauseFinder {
  readonly #frequencies = new DocumentFrequencies();
  readonly #wordRanking = new WordRanking();
  #words = new Map<string, string[]>();

  /** The causes of every question that misses an answer or has none in the index, by its id. */
  find(measured: Measured): Map<string, Cause[]> {
    const { corpus, questions, k, retrieval, model, excluded } = measured;
    const failing = questions.filter((each) => isFailing(each) || !each.outcome);
    const causes = new Map<string, Cause[]>();
    if (failing.length === 0) return causes;
    this.#frequencies.update(corpus.snippets);
    const wordsOf = this.#wordsOf();
    const around: Surroundings = {
      k,
      snippets: new Map(corpus.snippets.map((snippet) => [snippet.id, snippet])),
      windows: stretches(measured.windows),
      wordsOf,
      frequency: (word) => this.#frequencies.share(word),
      ...(retrieval !== 'words' && { wordRank: this.#wordRanking.over(corpus.snippets, questions) }),
      hubs: findHubs(questions, k, corpus.snippets.length, wordsOf),
      misuses: model.folder.misuses,
      reads: (script) => readsScript(model.embedder.tokenizer, script),
      excluded,
    };
    for (const question of failing) {
      const found = causesOf(question, around, corpus.references);
      if (found.length > 0) causes.set(question.id, found);
    }
    return causes;
  }

  /** The words of texts, remembered until the measurement after the next one does not ask for them. */
  #wordsOf(): (text: string) => string[] {
    const before = this.#words;
    const now = new Map<string, string[]>();
    this.#words = now;
    return (text) => {
      const known = now.get(text) ?? before.get(text) ?? wordsOf(text);
      now.set(text, known);
      return known;
    };
  }
}

function stretches(windows: Measured['windows']): (snippetId: string) => readonly Stretch[] {
  const bySnippet = new Map<string, Stretch[]>();
  for (const window of windows) pushTo(bySnippet, window.snippetId, window);
  return (id) => bySnippet.get(id) ?? [];
}
