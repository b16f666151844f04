// AutoRAG's qa and corpus tables as JSON, JSON Lines, CSV, or rows of parquet (https://github.com/Marker-Inc-Korea/AutoRAG):
// qid, query, retrieval_gt (a list of lists: all of the outer, any of the inner), generation_gt; doc_id, contents, metadata.
import type { SourceDocument } from '../document.ts';
import { fieldOf, type Located, type LocatedField } from '../located.ts';
import { readYaml } from '../yaml.ts';
import { Collector } from './collector.ts';
import type { Dataset, ExchangeFormat, Feature, ReadDataset, WrittenDataset } from './dataset.ts';
import { reduced, withNames } from './loss.ts';
import { jsonLines, Source } from './source.ts';

const CARRIES: readonly Feature[] = ['ids', 'alternatives', 'passages', 'breaks'];

export const autoRag: ExchangeFormat = {
  folder: 'qa and corpus, each as .jsonl, .json, .csv or .parquet',
  carries: CARRIES,
  read,
  write,
};

function read(documents: readonly SourceDocument[]): ReadDataset {
  const collector = new Collector();
  for (const document of documents.filter(({ file }) => /\.(jsonl?|csv|parquet)$/i.test(file))) {
    const source = new Source(document, collector.findings);
    const rows = rowsOf(source);
    if (rows.some((row) => fieldOf(row, 'doc_id')) || /(^|\/)corpus\./i.test(document.file))
      readCorpus(rows, source, collector);
    else readQuestions(rows, source, collector);
  }
  return collector.result();
}

/** A table as objects. Parquet comes as JSON Lines (`cli/parquet.ts`). */
function rowsOf(source: Source): Located[] {
  const { file } = source.document;
  if (/\.csv$/i.test(file)) {
    const [header, ...rows] = source.tableRows();
    return rows.map((row) => {
      const fields = row.cells.map((cell, i): LocatedField => {
        const place = { start: row.start, end: row.end };
        return {
          key: header!.cells[i]?.trim() ?? '',
          keySpan: place,
          value: { kind: 'scalar', value: cell, ...place },
        };
      });
      return { kind: 'map', fields, start: row.start, end: row.end };
    });
  }
  if (!/\.json$/i.test(file)) return source.jsonLines();
  const whole = source.json();
  if (whole?.kind === 'list') return whole.items;
  if (whole) source.expected(whole, 'The file', 'a list of objects', 'another value');
  return [];
}

function readCorpus(rows: readonly Located[], source: Source, collector: Collector): void {
  for (const row of rows) {
    const id = source.text(row, 'doc_id');
    const text = id === undefined ? undefined : source.text(row, 'contents');
    if (id !== undefined && text !== undefined) collector.passage({ id, title: '', text }, source, row);
  }
}

function readQuestions(rows: readonly Located[], source: Source, collector: Collector): void {
  let answered = false;
  for (const row of rows) {
    const id = source.text(row, 'qid');
    const text = id === undefined ? undefined : source.text(row, 'query');
    if (id === undefined || text === undefined) continue;
    const wanted = wantedOf(row, source);
    if (!wanted) continue;
    const question = collector.question(text, id);
    for (const any of wanted) collector.answer(question, any);
    answered ||= fieldOf(row, 'generation_gt') !== undefined;
  }
  if (answered)
    source.tell(
      { start: 0, end: 0 },
      '"generation_gt" has no place in a question and is left out.',
      'Nothing needs to be done.',
      'information',
    );
}

/** `retrieval_gt`: a list of lists, a list (all of it alternatives, as AutoRAG reads it), or the text of either in JSON or Python. */
function wantedOf(row: Located, source: Source): string[][] | undefined {
  const value = fieldOf(row, 'retrieval_gt')?.value;
  const list = value && listOf(value);
  if (!value || !list) {
    source.expected(
      value ?? row,
      '"retrieval_gt"',
      'a list of lists of passage ids',
      value ? 'another value' : 'nothing',
    );
    return undefined;
  }
  const at = { start: value.start, end: value.end };
  const here = (item: Located): Located => (value.kind === 'scalar' ? { ...item, ...at } : item);
  const isNested = list.some((item) => item.kind === 'list');
  const groups = isNested ? list : [{ kind: 'list' as const, items: list, ...at }];
  return groups.map((group) => {
    const items = group.kind === 'list' ? group.items : [group];
    return items.flatMap((item) => source.textsOf(here(item), '"retrieval_gt"'));
  });
}

/** Python writes its lists nearly as YAML does; a text that is no list is one id. */
function listOf(value: Located): Located[] | undefined {
  if (value.kind === 'list') return value.items;
  if (value.kind !== 'scalar' || typeof value.value !== 'string' || value.value.trim() === '') return undefined;
  if (!value.value.trim().startsWith('[')) return [value];
  const { values, problems } = readYaml(value.value.trim());
  const [list] = values;
  return problems.length === 0 && list?.kind === 'list' ? list.items : undefined;
}

function write(given: Dataset): WrittenDataset {
  const { dataset, warnings } = reduced(withNames(given), CARRIES, 'AutoRAG');
  const qa = dataset.questions.map(({ id, text, answers }) => ({
    qid: id,
    query: text,
    retrieval_gt: answers.map(({ passages }) => passages),
    generation_gt: [],
  }));
  const corpus = dataset.passages.map(({ id, text }) => ({ doc_id: id, contents: text, metadata: {} }));
  const files = [
    { file: 'qa.jsonl', text: jsonLines(qa) },
    { file: 'corpus.jsonl', text: jsonLines(corpus) },
  ];
  if (qa.length > 0)
    warnings.push(
      'AutoRAG wants an answer text for each question in "generation_gt"; there is none here, so these lists are empty.',
    );
  return { files, warnings };
}
