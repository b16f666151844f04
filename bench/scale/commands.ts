// What the command line costs on one knowledge base: first index, nothing changed, one page, 1,000 pages, evaluation; each a whole process.
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, median, type Run, runNode, runPart } from './process.ts';
import { edited, type Subset } from './subset.ts';

/** Seconds of whole processes, starting and opening the model included; memory and sizes in bytes. */
export interface CommandFigures {
  firstIndex: number;
  unchanged: number;
  onePage: number;
  manyPages: number;
  /** How many pages were changed at once: 1,000, or all where there are fewer. */
  pagesChanged: number;
  windowsReembedded: number;
  evaluate: number;
  peakFirstIndex: number;
  peakEvaluate: number;
  windows: number;
  indexBytes: number;
  /** Reading the index from the disk into memory, milliseconds, in a process that is running. */
  load: number;
}

interface IndexOutput {
  windows: number;
  embedded: number;
}

/** Measures `subset` with an index in `home`, which holds nothing of it yet. The subset's pages are changed on the way. */
export async function measureCommands(
  cli: string,
  home: string,
  { folder, pages }: Subset,
  rounds: number,
  threads: number,
  clock: Clock,
): Promise<CommandFigures> {
  const run = (command: string): Promise<Run> =>
    runNode([cli, command, folder, '--home', home, '--json', '--threads', String(threads)], clock);
  const first = await run('index');
  const { windows } = JSON.parse(first.output) as IndexOutput;
  const unchanged: number[] = [];
  const onePage: number[] = [];
  for (let round = 0; round < rounds; round++) {
    unchanged.push((await run('index')).seconds);
    await change(folder, [pages[round % pages.length]!], `round ${round}`);
    onePage.push((await run('index')).seconds);
  }
  const many = pages.slice(0, 1000);
  await change(folder, many, 'all of them');
  const manyPages = await run('index');
  const evaluate = await run('evaluate');
  const indexes = join(home, 'indexes');
  const { milliseconds } = await runPart<{ milliseconds: number }>('load', { indexes, clock });
  return {
    firstIndex: first.seconds,
    unchanged: median(unchanged),
    onePage: median(onePage),
    manyPages: manyPages.seconds,
    pagesChanged: many.length,
    windowsReembedded: (JSON.parse(manyPages.output) as IndexOutput).embedded,
    evaluate: evaluate.seconds,
    peakFirstIndex: first.peakBytes,
    peakEvaluate: evaluate.peakBytes,
    windows,
    indexBytes: await folderBytes(indexes),
    load: milliseconds,
  };
}

/** The index of another knowledge base must not count. */
export async function forgetIndexes(home: string): Promise<void> {
  await rm(join(home, 'indexes'), { recursive: true, force: true });
}

async function change(folder: string, pages: readonly string[], mark: string): Promise<void> {
  for (const page of pages) {
    const file = join(folder, page);
    await writeFile(file, edited(await readFile(file, 'utf8'), mark));
  }
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  let bytes = 0;
  for (const entry of entries) if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return bytes;
}
