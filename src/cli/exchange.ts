// Questions of other tools in, ours out: files are read whole, every file is new, and what cannot be carried is told.
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { buildCorpus, type Corpus } from '../core/corpus.ts';
import type { SourceDocument } from '../core/document.ts';
import { errors } from '../core/errors.ts';
import type { ExchangeFormat } from '../core/exchange/dataset.ts';
import { FORMATS, type FormatName } from '../core/exchange/index.ts';
import { datasetOf, importDataset } from '../core/exchange/knowledgeBase.ts';
import { readTrecRun, runOfTrec } from '../core/exchange/trecRun.ts';
import { decodeDocument } from '../core/files.ts';
import type { Finding } from '../core/finding.ts';
import { splitQuestions } from '../core/split.ts';
import { removeFolderAtomic, replaceFolderAtomic, writeFileAtomic } from '../engine/atomicFile.ts';
import { reason } from '../engine/fileReason.ts';
import { type ExchangeOptions, TREC_RUN } from './exchangeOptions.ts';
import { type ReadOptions, readWorkspace } from './files.ts';
import type { CliOptions } from './options.ts';
import { parquetToLines } from './parquet.ts';
import { excelToLines, linesToExcel } from './spreadsheet.ts';
import { exchangeText } from './text.ts';
import { walk } from './walk.ts';

/** What formats of several files are made of. */
const READABLE = ['**/*.{jsonl,json,tsv,txt,csv,parquet}', '**/*qrels*'];

/** Of a question set, which a ranking is not. */
type SetOptions = ExchangeOptions & { format: FormatName };

/** The work of the two commands. */
export function exchange(options: CliOptions & { exchange: ExchangeOptions }, signal?: AbortSignal) {
  const { command, include, exclude, folder } = options;
  const read = { include, exclude };
  const { format, ...rest } = options.exchange;
  if (format === TREC_RUN) return importRun(folder!, options, signal);
  const work = command === 'import' ? importQuestions : exportQuestions;
  return work(folder!, { ...rest, format }, read, signal);
}

/** `import --from trec-run`: a run file of ours, with the split that an evaluation of the same folder would have. */
async function importRun(path: string, options: CliOptions, signal?: AbortSignal) {
  const { exchange: given, include, exclude, ks, seed, trainShare, heldOut } = options;
  const { to, kb } = given!;
  await refuseExisting(to);
  const document = await readDocument(dirname(path), basename(path));
  if (!('text' in document)) throw errors.exchangeUnreadable(path, document.message.replace(/\.$/, ''));
  const trec = readTrecRun(document);
  const corpus = await corpusOf(kb!, { include, exclude }, signal);
  const snippetIds = corpus.snippets.map(({ id }) => id);
  const splits = splitQuestions(corpus.questions, { trainShare, seed, heldOut }).sides;
  const { run, asked, unknown } = runOfTrec(
    trec,
    { questions: corpus.questions, snippetIds },
    { splits, ks, seed, heldOut },
  );
  const [first] = trec.findings;
  if (asked === 0) throw errors.exchangeEmpty(path, TREC_RUN, first && place(first));
  await writeFileAtomic(to, `${JSON.stringify(run, null, 1)}\n`);
  const warnings: string[] = [];
  if (unknown.queries > 0)
    warnings.push(`${unknown.queries} queries are no questions of the knowledge base and are left out.`);
  if (unknown.passages > 0)
    warnings.push(
      `${unknown.passages} passages are no snippets of the knowledge base; they keep their places in the ranking.`,
    );
  const missing = run.questions.length - asked;
  if (missing > 0) warnings.push(`${missing} questions are not in the run and count as nothing found.`);
  return result({ questions: asked, passages: snippetIds.length }, [to], warnings, trec.findings);
}

const place = ({ file, range, message }: Finding): string => `${file}:${range.start.line + 1} ${message}`;

/** `import`: a question file, and Markdown files beside it for passages that the knowledge base lacks. */
async function importQuestions(path: string, options: SetOptions, read: ReadOptions, signal?: AbortSignal) {
  const { to, kb } = options;
  const format: ExchangeFormat = FORMATS[options.format];
  const snippetFolder = to.replace(/\.questions\.jsonl$/i, '-snippets');
  await refuseExisting(to, snippetFolder);
  const { documents, unreadable } = await readExchange(path, format, options.format, signal);
  const { findings, ...dataset } = format.read(documents);
  const [first] = findings;
  if (dataset.questions.length === 0) throw errors.exchangeEmpty(path, options.format, first && place(first));
  const corpus = kb === undefined ? undefined : await corpusOf(kb, read, signal);
  const inKb = relative(kb ?? dirname(to), to).replaceAll('\\', '/');
  // Outside of the knowledge base answers are written from its root.
  const file = inKb.startsWith('../') ? basename(to) : inKb;
  const folder = join(dirname(file), basename(snippetFolder)).replaceAll('\\', '/');
  const { questions, snippets, matched, warnings } = importDataset(dataset, file, folder, corpus);
  if (snippets.length > 0)
    await writeFolder(
      snippetFolder,
      snippets.map(({ file: name, text }) => ({ file: basename(name), data: text })),
    );
  try {
    await writeFileAtomic(to, questions);
  } catch (error) {
    // Without the questions the folder would only be in the way of the next attempt.
    if (snippets.length > 0) await removeFolderAtomic(snippetFolder);
    throw error;
  }
  const counts = {
    questions: dataset.questions.length,
    passages: dataset.passages.length,
    matched,
    written: snippets.length,
  };
  const files = [to, ...(snippets.length > 0 ? [snippetFolder] : [])];
  return result(counts, files, warnings, [...unreadable, ...findings]);
}

/** `export-questions`: the files of a format. */
async function exportQuestions(kb: string, options: SetOptions, read: ReadOptions, signal?: AbortSignal) {
  const { to } = options;
  await refuseExisting(to);
  const corpus = await corpusOf(kb, read, signal);
  const { dataset, warnings } = datasetOf(corpus);
  if (dataset.questions.length === 0) throw errors.noQuestions(kb);
  const written = FORMATS[options.format].write(dataset, to);
  const [only] = written.files;
  if (only?.file === '') await writeFileAtomic(to, /\.xlsx$/i.test(to) ? await linesToExcel(only.text) : only.text);
  else
    await writeFolder(
      to,
      written.files.map(({ file, text }) => ({ file, data: text })),
    );
  const counts = { questions: dataset.questions.length, passages: dataset.passages.length };
  const files = written.files.map(({ file }) => (file === '' ? to : join(to, file)));
  return result(counts, files, [...warnings, ...written.warnings], corpus.findings);
}

/** All files or none: half a set would pass for a whole one, and be in the way of the next attempt. */
async function writeFolder(folder: string, files: readonly { file: string; data: string }[]): Promise<void> {
  const bytes = files.reduce((sum, { data }) => sum + Buffer.byteLength(data), 0);
  await replaceFolderAtomic(
    folder,
    async (temp) => {
      for (const { file, data } of files) {
        await mkdir(dirname(join(temp, file)), { recursive: true });
        await writeFile(join(temp, file), data);
      }
    },
    { bytes },
  );
}

function result(counts: Record<string, number>, files: string[], warnings: string[], findings: Finding[]) {
  const json = { ...counts, files, warnings, findings };
  return { text: exchangeText(json), json };
}

async function refuseExisting(...paths: string[]): Promise<void> {
  for (const path of paths)
    if (
      await stat(path).then(
        () => true,
        () => false,
      )
    )
      throw errors.targetExists(path);
}

async function corpusOf(folder: string, read: ReadOptions, signal?: AbortSignal): Promise<Corpus> {
  const { documents, findings } = await readWorkspace(folder, read, signal);
  return buildCorpus(documents, findings);
}

async function readExchange(path: string, format: ExchangeFormat, name: string, signal?: AbortSignal) {
  const isFolder = await stat(path).then(
    (entry) => entry.isDirectory(),
    (error) => {
      throw errors.exchangeUnreadable(path, reason(error));
    },
  );
  if (isFolder && format.folder === undefined) throw errors.exchangeFilesMissing(path, name, 'a single file');
  const found = isFolder ? await walk(path, { include: READABLE, exclude: [], signal }) : [];
  const entries = isFolder ? found.filter(({ problem }) => !problem).map(({ file }) => file) : [basename(path)];
  const read = await Promise.all(entries.map((file) => readDocument(isFolder ? path : dirname(path), file)));
  const documents = read.filter((each): each is SourceDocument => 'text' in each);
  const unreadable = read.filter((each): each is Finding => 'code' in each);
  if (documents.length === 0) {
    if (unreadable[0]) throw errors.exchangeUnreadable(path, unreadable[0].message.replace(/\.$/, ''));
    throw errors.exchangeFilesMissing(path, name, format.folder ?? 'a file');
  }
  return { documents, unreadable };
}

async function readDocument(folder: string, file: string): Promise<SourceDocument | Finding> {
  const path = join(folder, file);
  try {
    const bytes = await readFile(path);
    if (/\.xlsx$/i.test(file)) return { file, text: await excelToLines(bytes) };
    if (/\.parquet$/i.test(file)) return { file, text: await parquetToLines(bytes) };
    return decodeDocument(file, bytes);
  } catch (error) {
    throw errors.exchangeUnreadable(
      path,
      error instanceof Error && 'code' in error ? reason(error) : String((error as Error).message),
    );
  }
}
