// The answers of a question as written: references, alternatives in brackets of their own, and how relevant each is.
import { describe, fieldOf, type Located, type LocatedMap, type LocatedScalar, type Span } from '../located.ts';
import type { Relevance } from '../question.ts';

/** A reference with what stands around it. */
export interface WrittenAnswer {
  reference: LocatedScalar;
  group?: number;
  relevance?: Relevance;
}

/** A mistake at a stretch of the file. */
export type Mistake = (code: string, span: Span, message: string, suggestion: string) => void;

const ENTRY_KEYS = ['answer', 'any', 'relevance'];
const EXAMPLE =
  'Write {"any": ["a.md#x", "b.md#y"]} for alternatives, {"answer": "a.md#x", "relevance": 2} for a grade.';

/**
 * An entry of "answers" in braces: "answer" (one reference) or "any" (alternatives), and perhaps "relevance". `group` is the number
 * that its alternatives get; `read` keeps the texts among some entries and reports the others.
 */
export function readEntry(
  entry: LocatedMap,
  group: number,
  read: (items: readonly Located[]) => LocatedScalar[],
  report: Mistake,
): WrittenAnswer[] {
  const [one, any] = [fieldOf(entry, 'answer')?.value, fieldOf(entry, 'any')?.value];
  const unknown = entry.fields.find(({ key }) => !ENTRY_KEYS.includes(key));
  if (unknown || !one === !any) {
    const came = unknown ? `"${unknown.key}"` : one ? 'both' : 'neither';
    const message = `An answer in braces is expected to have either "answer" or "any", and perhaps "relevance"; ${came} came.`;
    report('bad-answer', unknown?.keySpan ?? entry, message, EXAMPLE);
    return [];
  }
  if (any && any.kind !== 'list') {
    report('bad-answer', any, `"any" is expected to be a list of texts; ${describe(any)} came.`, EXAMPLE);
    return [];
  }
  const relevance = readRelevance(entry, report);
  const references = read(any ? any.items : [one!]);
  return references.map((reference) => ({
    reference,
    ...(references.length > 1 && { group }),
    ...(relevance !== undefined && relevance > 1 && { relevance }),
  }));
}

function readRelevance(entry: LocatedMap, report: Mistake): Relevance | undefined {
  const value = fieldOf(entry, 'relevance')?.value;
  if (!value || (value.kind === 'scalar' && value.value === null)) return undefined;
  return relevanceOf(value, report);
}

/** A relevance as a number or its text; a mistake is reported and gives none. */
function relevanceOf(value: Located, report: Mistake): Relevance | undefined {
  const number = value.kind === 'scalar' && String(value.value).trim() !== '' ? Number(value.value) : Number.NaN;
  if (number === 1 || number === 2 || number === 3) return number;
  const came = value.kind === 'scalar' ? JSON.stringify(value.value) : describe(value);
  const message = `"relevance" is expected to be 1, 2 or 3; ${came} came.`;
  report('bad-relevance', value, message, 'Write 3 for the best answers, 1 for the others, or leave it out.');
  return undefined;
}

/**
 * Columns beside the answers of a table: each has one entry per answer, in their order; entries left out or empty mean "stands
 * for itself" and 1. Answers with the same text in `groups` are alternatives.
 */
export function readColumns(
  references: readonly LocatedScalar[],
  groups: Located | undefined,
  relevance: Located | undefined,
  report: Mistake,
): WrittenAnswer[] {
  const names = columnItems(groups, 'groups', references.length, report).map(({ value }) => String(value).trim());
  const grades = columnItems(relevance, 'relevance', references.length, report);
  const numbers = new Map<string, number>();
  for (const name of names) if (name !== '' && !numbers.has(name)) numbers.set(name, numbers.size + 1);
  return references.map((reference, i) => {
    const group = numbers.get(names[i] ?? '');
    const shared = names.filter((name) => name !== '' && name === names[i]).length > 1;
    const grade = grades[i] && String(grades[i].value).trim() !== '' ? relevanceOf(grades[i], report) : undefined;
    return {
      reference,
      ...(shared && group !== undefined && { group }),
      ...(grade !== undefined && grade > 1 && { relevance: grade }),
    };
  });
}

function columnItems(column: Located | undefined, name: string, most: number, report: Mistake): LocatedScalar[] {
  const items = column?.kind === 'list' ? column.items.filter((item) => item.kind === 'scalar') : [];
  if (items.length > most) {
    const message = `"${name}" is expected to have one entry per answer, at most ${most}; ${items.length} came.`;
    report('bad-answer', items[most] ?? items[0]!, message, 'Write as many entries as answers, separated by "|".');
  }
  return items;
}
