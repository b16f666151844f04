// `*.questions.md`: questions as a Markdown list, to be read and written by people; answers are links below their question.
import type { SourceDocument } from '../document.ts';
import type { Relevance } from '../question.ts';
import { Collector, readGrade } from './collector.ts';
import type {
  Dataset,
  ExchangeAnswer,
  ExchangeFormat,
  ExchangeQuestion,
  Feature,
  ReadDataset,
  WrittenDataset,
} from './dataset.ts';
import { reduced } from './loss.ts';
import { Source, shown } from './source.ts';

const CARRIES: readonly Feature[] = ['ids', 'variants', 'tags', 'split', 'relevance', 'alternatives'];

export const list: ExchangeFormat = { carries: CARRIES, read, write };

const QUESTION = /^[-*+]\s+(.*\S)\s*$/;
const ENTRY = /^\s+[-*+]\s+(answer|variant|tag|split|id):\s*(.*\S)\s*$/;
/** A link `[text](target)` or `[text](<target>)`, or a bare reference. */
const REFERENCE = /\[(?:\\.|[^\]\\])*\]\((?:<([^>]*)>|([^)\s]*))\)|(\S+)/y;

function read(documents: readonly SourceDocument[]): ReadDataset {
  const collector = new Collector();
  for (const document of documents) {
    const source = new Source(document, collector.findings);
    let question: ExchangeQuestion | undefined;
    for (const { 0: line, index } of document.text.matchAll(/[^\r\n]+/g)) {
      const span = { start: index, end: index + line.length };
      const [, text] = QUESTION.exec(line) ?? [];
      const [, key, value] = ENTRY.exec(line) ?? [];
      if (text !== undefined) question = collector.question(text);
      else if (key && value && question) readEntry(key, value, question, source, span, collector);
      else if (/^\s*[-*+]\s/.test(line))
        source.expected(
          span,
          'A line below a question',
          '"- answer:", "- variant:", "- tag:", "- split:" or "- id:"',
          shown(line.trim()),
        );
    }
  }
  return collector.result();
}

function readEntry(
  key: string,
  value: string,
  question: ExchangeQuestion,
  source: Source,
  span: { start: number; end: number },
  collector: Collector,
): void {
  if (key === 'variant') question.variants.push(value);
  else if (key === 'tag') question.tags.push(value);
  else if (key === 'id') question.id = value;
  else if (key === 'split') {
    if (value === 'train' || value === 'test') question.split = value;
    else source.expected(span, 'The split', 'train or test', shown(value));
  } else {
    const answer = readAnswer(value, source, span);
    if (answer) collector.answer(question, answer.passages, answer.relevance);
  }
}

/** References with "or" between them, and perhaps "(relevance 2)". */
function readAnswer(value: string, source: Source, span: { start: number; end: number }): ExchangeAnswer | undefined {
  const [, written, grade] = /^(.*?)(?:\s+\(relevance\s+([^)]*)\))?$/.exec(value)!;
  const passages: string[] = [];
  let at = 0;
  for (;;) {
    REFERENCE.lastIndex = at;
    const match = REFERENCE.exec(written!);
    if (!match) break;
    passages.push(decoded(match[1] ?? match[2] ?? match[3]!));
    at = REFERENCE.lastIndex;
    const or = /^\s+or\s+/.exec(written!.slice(at));
    if (!or) break;
    at += or[0].length;
  }
  if (passages.length === 0 || at < written!.length) {
    source.expected(span, 'An answer', 'links or ids with "or" between them', shown(value));
    return undefined;
  }
  if (grade === undefined) return { passages };
  const relevance = readGrade(grade, source, span);
  return relevance === undefined || relevance === 'not relevant'
    ? undefined
    : { passages, relevance: relevance as Relevance };
}

/** Marks that would end a link's target early; % itself too, so that reading gives the same back. */
const MARKS = /[<>%\r\n]/g;

function encoded(id: string): string {
  return id.replace(MARKS, (mark) => encodeURIComponent(mark));
}

function decoded(target: string): string {
  return target.replace(/%(3C|3E|25|0D|0A)/gi, (code) => decodeURIComponent(code));
}

function write(given: Dataset): WrittenDataset {
  const { dataset, warnings } = reduced(given, CARRIES, 'A Markdown list');
  const lines = dataset.questions.flatMap(({ id, text, answers, variants, split, tags }) => [
    `- ${text}`,
    ...answers.map((answer) => `  - answer: ${answerText(answer)}`),
    ...variants.map((variant) => `  - variant: ${variant}`),
    ...tags.map((tag) => `  - tag: ${tag}`),
    ...(split ? [`  - split: ${split}`] : []),
    ...(id === undefined ? [] : [`  - id: ${id}`]),
  ]);
  return { files: [{ file: '', text: `# Questions\n\n${lines.join('\n')}\n` }], warnings };
}

function answerText({ passages, relevance = 1 }: ExchangeAnswer): string {
  const links = passages.map((id) => `[${encoded(id).replace(/[[\]\\]/g, '\\$&')}](<${encoded(id)}>)`);
  return links.join(' or ') + (relevance > 1 ? ` (relevance ${relevance})` : '');
}
