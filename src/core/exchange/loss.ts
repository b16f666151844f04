// What a format cannot carry: taken out of a dataset before it is written, and told in sentences.
import type { Dataset, ExchangeQuestion, Feature } from './dataset.ts';
import { passageText } from './dataset.ts';

/** A dataset without what a format cannot carry, and one sentence for each kind of thing that was there. */
export function reduced(
  dataset: Dataset,
  carries: readonly Feature[],
  format: string,
): { dataset: Dataset; warnings: string[] } {
  const can = (feature: Feature): boolean => carries.includes(feature);
  const { questions } = dataset;
  const warnings: string[] = [];
  const count = (lost: (question: ExchangeQuestion) => boolean): number => questions.filter(lost).length;
  const tell = (feature: Feature, amount: number, what: string): void => {
    if (amount > 0 && !can(feature)) warnings.push(`${format} has no place for ${what}: ${amount} lose theirs.`);
  };
  tell(
    'variants',
    count(({ variants }) => variants.length > 0),
    'variants of questions',
  );
  tell(
    'tags',
    count(({ tags }) => tags.length > 0),
    'tags of questions',
  );
  tell(
    'split',
    count(({ split }) => split !== undefined),
    'the split of questions',
  );
  tell(
    'ids',
    count(({ id }) => id !== undefined),
    'ids of questions',
  );
  tell(
    'relevance',
    count((question) => question.answers.some(({ relevance = 1 }) => relevance > 1)),
    'grades of answers',
  );
  const alternatives = count(({ answers }) => answers.some(({ passages }) => passages.length > 1));
  if (alternatives > 0 && !can('alternatives'))
    warnings.push(
      `${format} has no alternatives: in ${alternatives} questions each of them became an answer of its own.`,
    );
  const texts = ({ text, variants, tags }: ExchangeQuestion) => [
    text,
    ...(can('variants') ? variants : []),
    ...(can('tags') ? tags : []),
  ];
  const broken = count((question) => texts(question).some((text) => BREAKS.test(text)));
  if (broken > 0 && !can('breaks'))
    warnings.push(`${format} keeps a question on one line: tabs and line breaks became blanks in ${broken} questions.`);
  if (dataset.passages.length > 0 && !can('passages'))
    warnings.push(`${format} has no place for the texts of snippets: ${dataset.passages.length} are not written.`);
  return {
    dataset: { questions: questions.map((question) => without(question, can)), passages: passages(dataset, can) },
    warnings,
  };
}

const BREAKS = /[\t\r\n]/;

function without(question: ExchangeQuestion, can: (feature: Feature) => boolean): ExchangeQuestion {
  const { id, split } = question;
  const line = (text: string): string => (can('breaks') ? text : text.replace(/[\t\r\n]+/g, ' '));
  const answers = can('alternatives')
    ? question.answers
    : question.answers.flatMap((answer) => answer.passages.map((passage) => ({ ...answer, passages: [passage] })));
  return {
    ...(id !== undefined && can('ids') && { id }),
    text: line(question.text),
    answers: distinct(can('relevance') ? answers : answers.map(({ passages }) => ({ passages }))),
    variants: can('variants') ? question.variants.map(line) : [],
    ...(split && can('split') && { split }),
    tags: can('tags') ? question.tags.map(line) : [],
  };
}

/** Answers that became the same by losing something are one, as relevant as the most relevant of them. */
function distinct(answers: readonly ExchangeQuestion['answers'][number][]): ExchangeQuestion['answers'] {
  const known = new Map<string, ExchangeQuestion['answers'][number]>();
  for (const answer of answers) {
    const key = JSON.stringify([...answer.passages].sort());
    const first = known.get(key);
    if (!first) known.set(key, { ...answer });
    else if ((answer.relevance ?? 1) > (first.relevance ?? 1)) first.relevance = answer.relevance;
  }
  return [...known.values()];
}

function passages({ passages: all }: Dataset, can: (feature: Feature) => boolean): Dataset['passages'] {
  if (!can('passages')) return [];
  if (can('titles')) return all;
  return all.map((passage) => ({ id: passage.id, title: '', text: passageText(passage) }));
}

/** An id with the characters that a format needs for itself written as %09 and the like. */
export function plainId(id: string, forbidden: RegExp): string {
  return id.replace(forbidden, (mark) => encodeURIComponent(mark));
}

/** A dataset with such ids; `warnings` says how many were changed. */
export function withPlainIds(
  dataset: Dataset,
  forbidden: RegExp,
  format: string,
): { dataset: Dataset; warnings: string[] } {
  const changed = new Set<string>();
  const owners = new Map<string, string>();
  const shared = new Set<string>();
  const plain = (id: string): string => {
    const written = plainId(id, forbidden);
    if (written !== id) changed.add(id);
    if ((owners.get(written) ?? id) !== id) shared.add(written);
    owners.set(written, id);
    return written;
  };
  const questions = dataset.questions.map((question) => ({
    ...question,
    ...(question.id !== undefined && { id: plain(question.id) }),
    answers: question.answers.map((answer) => ({ ...answer, passages: answer.passages.map(plain) })),
  }));
  const passages = dataset.passages.map((passage) => ({ ...passage, id: plain(passage.id) }));
  const warnings: string[] = [];
  const example = [...changed][0];
  if (example !== undefined)
    warnings.push(
      `${format} allows no blanks of this kind in ids: ${changed.size} are written otherwise, for example ${JSON.stringify(example)} as ${plain(example)}.`,
    );
  if (shared.size > 0)
    warnings.push(
      `${format} cannot tell apart what becomes one id by this: ${[...shared].join(', ')}. Rename one of each.`,
    );
  return { dataset: { questions, passages }, warnings };
}

/**
 * Questions with their passages as texts, for formats without ids: questions of one text are one; answers whose passage is not
 * in the dataset are left out and told.
 */
export function byText(
  { questions, passages }: Dataset,
  format: string,
): { rows: { text: string; passages: string[] }[]; warnings: string[] } {
  const textOf = new Map(passages.map((passage) => [passage.id, passage.text]));
  const rows = new Map<string, Set<string>>();
  let missing = 0;
  for (const { text, answers } of questions) {
    const row = rows.get(text) ?? new Set();
    for (const id of answers.flatMap((each) => each.passages)) {
      const passage = textOf.get(id);
      if (passage === undefined) missing++;
      else row.add(passage);
    }
    if (row.size > 0) rows.set(text, row);
  }
  const warnings: string[] = [];
  const used = new Set([...rows.values()].flatMap((row) => [...row]));
  const idle = passages.filter(({ text }) => !used.has(text)).length;
  if (missing > 0)
    warnings.push(`${format} needs the texts of answers: ${missing} answers without a text are not written.`);
  if (passages.length > 0) warnings.push(`${format} has no place for ids of snippets: their texts stand for them.`);
  if (idle > 0) warnings.push(`${format} has no list of snippets: ${idle} that answer no question are not written.`);
  return { rows: [...rows].map(([text, texts]) => ({ text, passages: [...texts] })), warnings };
}

/** Questions without an id get a number, which no question has. */
export function withNames(dataset: Dataset): Dataset {
  const taken = new Set(dataset.questions.map(({ id }) => id));
  let next = 1;
  const questions = dataset.questions.map((question) => {
    if (question.id !== undefined) return question;
    while (taken.has(`q${next}`)) next++;
    return { ...question, id: `q${next++}` };
  });
  return { ...dataset, questions };
}
