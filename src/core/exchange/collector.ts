// Questions and passages as they come, row by row, into a dataset: rows of one question are joined, passages have one id each.
import type { Finding } from '../finding.ts';
import { contentHash } from '../hash.ts';
import type { Span } from '../located.ts';
import type { Relevance } from '../question.ts';
import type { ExchangeAnswer, ExchangeQuestion, Passage, ReadDataset } from './dataset.ts';
import { type Source, shown } from './source.ts';

/** Puts a dataset together. */
export class Collector {
  readonly findings: Finding[] = [];
  readonly #questions = new Map<string, ExchangeQuestion>();
  readonly #passages = new Map<string, Passage>();
  readonly #ofText = new Map<string, string>();

  /** The question of this id, or of this text where it has no id, made where it is new. */
  question(text: string, id?: string): ExchangeQuestion {
    const key = id ?? `\n${text}`;
    let question = this.#questions.get(key);
    if (!question) {
      question = { ...(id !== undefined && { id }), text, answers: [], variants: [], tags: [] };
      this.#questions.set(key, question);
    }
    return question;
  }

  /** The question of an id, if it was read. */
  questionOf(id: string): ExchangeQuestion | undefined {
    return this.#questions.get(id);
  }

  /** Adds an answer unless the question has it. */
  answer(question: ExchangeQuestion, passages: readonly string[], relevance?: Relevance): void {
    const ids = [...new Set(passages)];
    const has = ({ passages: known }: ExchangeAnswer) =>
      known.length === ids.length && known.every((id) => ids.includes(id));
    if (ids.length === 0 || question.answers.some(has)) return;
    question.answers.push({ passages: ids, ...(relevance !== undefined && relevance > 1 && { relevance }) });
  }

  /** Adds a passage; of two with one id the first counts, which is told when their texts differ. */
  passage(passage: Passage, source: Source, span: Span): void {
    const first = this.#passages.get(passage.id);
    if (!first) this.#passages.set(passage.id, passage);
    else if (first.text !== passage.text || first.title !== passage.title)
      source.tell(
        span,
        `The id ${shown(passage.id)} already names another passage; this one does not count.`,
        'Give each passage an id of its own.',
      );
  }

  /** The id of a passage known by its text alone: made of the text, so that equal texts are one passage. */
  passageOf(text: string): string {
    let id = this.#ofText.get(text);
    if (id === undefined) {
      id = `p-${contentHash(text).slice(0, 16)}`;
      this.#ofText.set(text, id);
      this.#passages.set(id, { id, title: '', text });
    }
    return id;
  }

  result(): ReadDataset {
    const { findings } = this;
    return { questions: [...this.#questions.values()], passages: [...this.#passages.values()], findings };
  }
}

/** Judgements as qrels have them: grades of 0 and less are no answers, grades above 3 count as 3. */
export function readGrade(
  text: string | undefined,
  source: Source,
  span: Span,
): Relevance | 'not relevant' | undefined {
  const grade = Number(text);
  if (text === undefined || text.trim() === '' || !Number.isInteger(grade)) {
    source.expected(span, 'The relevance', 'a whole number', text === undefined ? 'nothing' : shown(text));
    return undefined;
  }
  if (grade > 3)
    source.tell(
      span,
      `The relevance ${grade} is above 3, the highest that is kept; it counts as 3.`,
      'Nothing needs to be done, unless grades above 3 differ.',
      'warning',
    );
  return grade < 1 ? 'not relevant' : (Math.min(grade, 3) as Relevance);
}
