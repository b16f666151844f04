// Question tables as hit tests take them, CSV or Excel: one row for each answer, with the id of its segment, its text, or both.
import { csvCell } from '../csv.ts';
import type { SourceDocument } from '../document.ts';
import type { Relevance } from '../question.ts';
import { Collector, readGrade } from './collector.ts';
import type { Dataset, ExchangeFormat, ExchangeQuestion, Feature, ReadDataset, WrittenDataset } from './dataset.ts';
import { reduced } from './loss.ts';
import { Source, shown, type TextRow } from './source.ts';

const CARRIES: readonly Feature[] = [
  'ids',
  'variants',
  'tags',
  'split',
  'relevance',
  'alternatives',
  'passages',
  'breaks',
];

/** Columns as they are written, each with the names it is known by, in lower case. */
const COLUMNS = {
  id: ['id', 'question id', 'qid', '编号'],
  question: ['question', 'query', 'q', '问题', '提问'],
  'segment id': [
    'segment id',
    'segment_id',
    'segment',
    'answer id',
    'answers',
    'chunk id',
    'chunk_id',
    'doc_id',
    '分段id',
    '分段编号',
    '片段id',
  ],
  answer: ['answer', 'content', 'text', '答案', '回答', '分段内容', '内容'],
  group: ['group', 'groups'],
  relevance: ['relevance'],
  split: ['split'],
  variants: ['variants', '相似问', '相似问题'],
  tags: ['tags', '标签'],
};
type Column = keyof typeof COLUMNS;
const NAMES = Object.keys(COLUMNS) as Column[];

export const table: ExchangeFormat = { carries: CARRIES, read, write };

/** The longest text of a cell that Excel opens. */
const LONGEST_CELL = 32_767;

function read(documents: readonly SourceDocument[]): ReadDataset {
  const collector = new Collector();
  for (const document of documents) {
    const source = new Source(document, collector.findings);
    const [header, ...rows] = source.tableRows();
    const columns = header && columnsOf(header, source);
    if (!columns) continue;
    /** Groups by question, since a group's rows may be apart. */
    const groups = new Map<ExchangeQuestion, Map<string, { passages: string[]; relevance: Relevance }>>();
    for (const row of rows) {
      const cell = (name: Column): string => (columns.has(name) ? (row.cells[columns.get(name)!] ?? '').trim() : '');
      const question = questionOf(row, cell, source, collector);
      if (question) addAnswer(row, cell, question, groups, source, collector);
    }
    for (const [question, named] of groups)
      for (const { passages, relevance } of named.values()) collector.answer(question, passages, relevance);
  }
  return collector.result();
}

function columnsOf(header: TextRow, source: Source): Map<Column, number> | undefined {
  const columns = new Map<Column, number>();
  header.cells.forEach((cell, index) => {
    const name = cell.trim().toLowerCase();
    const column = NAMES.find((each) => COLUMNS[each].includes(name));
    if (column && !columns.has(column)) columns.set(column, index);
    else if (name !== '')
      source.tell(
        header,
        `The column ${shown(cell)} is not known and is left out.`,
        `Known columns are ${NAMES.join(', ')}.`,
        'information',
      );
  });
  if (columns.has('question') && (columns.has('segment id') || columns.has('answer'))) return columns;
  const wanted = 'a header with the columns "question" and "segment id" or "answer"';
  source.expected(header, 'The first line', wanted, shown(header.cells.join(',')));
  return undefined;
}

type Cell = (name: Column) => string;

function questionOf(row: TextRow, cell: Cell, source: Source, collector: Collector): ExchangeQuestion | undefined {
  const text = cell('question');
  if (text === '') {
    source.expected(row, 'The question', 'a text', 'an empty cell');
    return undefined;
  }
  const split = cell('split');
  if (split !== '' && split !== 'train' && split !== 'test') {
    source.expected(row, 'The split', 'train, test or empty', shown(split));
    return undefined;
  }
  const question = collector.question(text, cell('id') || undefined);
  if (question.variants.length === 0) question.variants.push(...linesOf(cell('variants')));
  if (question.tags.length === 0) question.tags.push(...linesOf(cell('tags')));
  if (split !== '') question.split = split;
  return question;
}

function addAnswer(
  row: TextRow,
  cell: Cell,
  question: ExchangeQuestion,
  groups: Map<ExchangeQuestion, Map<string, { passages: string[]; relevance: Relevance }>>,
  source: Source,
  collector: Collector,
): void {
  const [id, text] = [cell('segment id'), cell('answer')];
  if (id === '' && text === '') return;
  const passage = id === '' ? collector.passageOf(text) : id;
  if (id !== '' && text !== '') collector.passage({ id, title: '', text }, source, row);
  const grade = cell('relevance') === '' ? 1 : readGrade(cell('relevance'), source, row);
  if (grade === undefined || grade === 'not relevant') return;
  const named = groups.get(question) ?? new Map();
  groups.set(question, named);
  // A row without a group is a group of its own, at its own place.
  const name = cell('group') === '' ? `\n${named.size}` : cell('group');
  const group = named.get(name);
  if (group) {
    group.passages.push(passage);
    group.relevance = Math.max(group.relevance, grade) as Relevance;
  } else named.set(name, { passages: [passage], relevance: grade });
}

/** Several texts of a cell stand on lines of their own. */
function linesOf(cell: string): string[] {
  return cell
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Segments that answer nothing are written nowhere: a row is an answer. */
function write(given: Dataset, target: string): WrittenDataset {
  const { dataset, warnings } = reduced(given, CARRIES, 'A table');
  const isExcel = /\.xlsx$/i.test(target);
  const textOf = new Map(dataset.passages.map(({ id, text }) => [id, text]));
  const used = new Set(dataset.questions.flatMap(({ answers }) => answers.flatMap(({ passages }) => passages)));
  const idle = dataset.passages.filter(({ id }) => !used.has(id)).length;
  if (idle > 0)
    warnings.push(`A table has a row for each answer: ${idle} snippets that answer no question are not written.`);
  const rows = dataset.questions.flatMap((question) => rowsOf(question, textOf));
  const long = rows.filter((row) => row.some((cell) => cell.length > LONGEST_CELL)).length;
  if (isExcel && long > 0) warnings.push(`Excel keeps ${LONGEST_CELL} characters in a cell: ${long} rows are cut.`);
  const lines = [NAMES as readonly string[], ...rows].map((row) =>
    isExcel ? JSON.stringify(row.map((cell) => cell.slice(0, LONGEST_CELL))) : row.map(csvCell).join(','),
  );
  return { files: [{ file: '', text: `${lines.join('\n')}\n` }], warnings };
}

function rowsOf(
  { id = '', text, answers, variants, split, tags }: ExchangeQuestion,
  textOf: ReadonlyMap<string, string>,
): string[][] {
  const line = (values: readonly string[]): string =>
    values.map((value) => value.replace(/\s*[\r\n]+\s*/g, ' ')).join('\n');
  const rows = answers.flatMap(({ passages, relevance = 1 }, index) =>
    passages.map((passage) => [
      id,
      text,
      passage,
      textOf.get(passage) ?? '',
      passages.length > 1 ? String(index + 1) : '',
      relevance > 1 ? String(relevance) : '',
      split ?? '',
      line(variants),
      line(tags),
    ]),
  );
  return rows.length > 0 ? rows : [[id, text, '', '', '', '', split ?? '', line(variants), line(tags)]];
}
