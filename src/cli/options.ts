// Arguments of the command line into options; anything unknown is an error that names it.
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { errors } from '../core/errors.ts';
import { RETRIEVALS, type Retrieval } from '../core/report.ts';
import { REPORT_LANGUAGES, type ReportLanguage } from '../core/reportTexts.ts';
import { HELD_OUT, type HeldOut } from '../core/split.ts';
import { checkStoreName, storeNameOf } from '../core/storeName.ts';
import { TRAINING_MODES, type TrainingMode } from '../core/trainingMode.ts';
import type { ModelChange, StoreChoice } from '../protocol/engine.ts';
import { type ExchangeOptions, exchangeOptions } from './exchangeOptions.ts';
import { exportOptions, type ModelExport, modelChange } from './modelOptions.ts';

export const COMMANDS = [
  'index',
  'evaluate',
  'train',
  'models',
  'lint',
  'suggest',
  'diff',
  'check',
  'import',
  'export-questions',
  'publish',
  'export',
  'curve',
] as const;
export type Command = (typeof COMMANDS)[number];

/** A figure that must be reached, for example `recall@5` at least 0.9 on the held-out questions. */
export interface Threshold {
  metric: string;
  least: number;
}

export interface CheckOptions {
  baseline: string;
  /** Points of held-out recall that may be lost, in [0, 100]. */
  maxDrop: number;
  /** Held-out questions of the baseline may be gone. */
  allowVanished: boolean;
  junit?: string;
  sarif?: string;
  markdown?: string;
}

/** At least one file; `language` of both. */
export interface ReportOptions {
  html?: string;
  markdown?: string;
  language: ReportLanguage;
}

/** What `suggest` suggests for, and where it writes. */
export interface SuggestOptions {
  /** Also for snippets that a question tests. */
  all: boolean;
  /** Absolute; receives the suggestions as drafts. */
  drafts?: string;
}

/** From which level of findings on `lint` exits with 2. */
export const FAIL_LEVELS = ['error', 'warning', 'information', 'never'] as const;
export type FailLevel = (typeof FAIL_LEVELS)[number];

export interface CliOptions {
  command: Command;
  /** Absolute, of `import` the file or folder to read; absent for `models`, `diff` and, without `--kb`, `export`. */
  folder?: string;
  /** The two run files of `diff`. */
  runs?: [string, string];
  /** Where `evaluate` keeps its run. */
  saveRun?: string;
  /** Reports that `evaluate` writes. */
  report?: ReportOptions;
  /** What `check` holds the evaluation against, and where it reports. */
  check?: CheckOptions;
  /** Of `lint`. */
  failOn?: FailLevel;
  suggest?: SuggestOptions;
  exchange?: ExchangeOptions;
  /** Of `export`. */
  modelExport?: ModelExport;
  /** What `models` does besides listing. */
  modelChange?: Pick<ModelChange, 'change' | 'id'>;
  /** Where `publish` writes, or what `evaluate` asks besides. */
  store?: StoreChoice;
  model: string;
  ks: number[];
  seed: number;
  epochs?: number;
  minutes?: number;
  mode?: TrainingMode;
  topLayers?: number;
  /** An unfinished training is not gone on with. */
  startsAnew?: boolean;
  /** Of `train` and `curve`. */
  remine?: boolean;
  paraphrases?: boolean;
  json: boolean;
  /** File that receives the JSON object as well. */
  out?: string;
  home: string;
  threads?: number;
  allowDownload: boolean;
  include?: string[];
  exclude?: string[];
  thresholds: Threshold[];
  trainShare?: number;
  heldOut?: HeldOut;
  retrieval?: Retrieval;
}

/** `help` and `version` are answered without running anything. */
export type Parsed = CliOptions | 'help' | 'version';

const THRESHOLD = /^--min-((?:recall|hit|ndcg)@\d+|mrr)(?:=(.*))?$/;

/** Parses `argv` (without node and script). Throws a UserError for anything that is not an option, command or sensible value. */
export function parseOptions(argv: readonly string[]): Parsed {
  const { rest, thresholds } = takeThresholds(argv);
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(rest);
  } catch (error) {
    throw errors.usage((error as Error).message.split('. ')[0]!);
  }
  const { values, positionals } = parsed;
  if (values.help) return 'help';
  if (values.version) return 'version';
  const [command, folder, ...extra] = positionals;
  if (command === undefined) throw errors.usage('No command was given');
  if (!isCommand(command)) throw errors.usage(`There is no command "${command}"; expected ${COMMANDS.join(', ')}`);
  const runs = command === 'diff' ? twoRuns(folder, extra.shift()) : undefined;
  if (command !== 'models' && folder === undefined)
    throw errors.usage(
      `${command} needs a ${command === 'import' ? 'file or folder' : command === 'export' ? 'model' : 'folder'}`,
    );
  refuseForeign(command, values);
  if (extra.length > 0) throw errors.usage(`"${extra[0]}" is one argument too many`);
  const ks = values.k?.split(',').map((k) => wholeNumber('--k', k.trim(), 1)) ?? [1, 3, 5, 10];
  for (const { metric } of thresholds) {
    const k = Number(/^(?:recall|hit)@(\d+)$/.exec(metric)?.[1]);
    if (k >= 1) ks.push(k);
  }
  return {
    command,
    folder: folderOf(command, folder, values),
    ...(runs && { runs }),
    ...(values['save-run'] !== undefined && { saveRun: resolve(values['save-run']) }),
    ...(command === 'evaluate' && reportOptions(values)),
    ...(command === 'check' && { check: checkOptions(values) }),
    ...(command === 'lint' && { failOn: oneOf('--fail-on', values['fail-on'] ?? 'warning', FAIL_LEVELS) }),
    ...(command === 'suggest' && { suggest: suggestOptions(values) }),
    ...(command === 'export' ? exportOptions(values) : exchangeOptions(command, values)),
    ...(command === 'models' && modelChange(values)),
    ...storeOptions(command, folder, values),
    model: (command === 'export' ? folder : values.model) ?? 'kb-recall-small',
    ks: [...new Set(ks)].sort((a, b) => a - b),
    seed: values.seed === undefined ? 0 : wholeNumber('--seed', values.seed, 0),
    epochs: values.epochs === undefined ? undefined : wholeNumber('--epochs', values.epochs, 1),
    minutes: values.minutes === undefined ? undefined : minutes('--minutes', values.minutes),
    ...(values.mode !== undefined && { mode: oneOf('--mode', values.mode, TRAINING_MODES) }),
    ...topOptions(values),
    ...(values.fresh && { startsAnew: true }),
    ...(values.remine && { remine: true }),
    ...(values.paraphrases && { paraphrases: true }),
    trainShare: values['train-share'] === undefined ? undefined : share('--train-share', values['train-share']),
    heldOut: values['held-out'] === undefined ? undefined : oneOf('--held-out', values['held-out'], HELD_OUT),
    retrieval: values.retrieval === undefined ? undefined : oneOf('--retrieval', values.retrieval, RETRIEVALS),
    json: values.json ?? false,
    out: values.out,
    home: resolve(values.home ?? process.env.KB_RECALL_HOME ?? join(homedir(), '.kb-recall')),
    threads: values.threads === undefined ? undefined : wholeNumber('--threads', values.threads, 1),
    allowDownload: values['allow-download'] ?? false,
    include: values.include,
    exclude: values.exclude,
    thresholds,
  };
}

function parse(args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      model: { type: 'string' },
      k: { type: 'string' },
      seed: { type: 'string' },
      epochs: { type: 'string' },
      minutes: { type: 'string' },
      mode: { type: 'string' },
      'top-layers': { type: 'string' },
      fresh: { type: 'boolean' },
      remine: { type: 'boolean' },
      paraphrases: { type: 'boolean' },
      'train-share': { type: 'string' },
      'held-out': { type: 'string' },
      retrieval: { type: 'string' },
      include: { type: 'string', multiple: true },
      exclude: { type: 'string', multiple: true },
      threads: { type: 'string' },
      home: { type: 'string' },
      'allow-download': { type: 'boolean' },
      'save-run': { type: 'string' },
      baseline: { type: 'string' },
      'max-drop': { type: 'string' },
      'allow-vanished': { type: 'boolean' },
      junit: { type: 'string' },
      sarif: { type: 'string' },
      markdown: { type: 'string' },
      html: { type: 'string' },
      lang: { type: 'string' },
      from: { type: 'string' },
      as: { type: 'string' },
      to: { type: 'string' },
      kb: { type: 'string' },
      int8: { type: 'boolean' },
      pin: { type: 'string' },
      unpin: { type: 'string' },
      delete: { type: 'string' },
      store: { type: 'string' },
      name: { type: 'string' },
      'fail-on': { type: 'string' },
      all: { type: 'boolean' },
      drafts: { type: 'string' },
      json: { type: 'boolean' },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
    },
  });
}

type Values = ReturnType<typeof parse>['values'];

/** `diff` names files, `models` nothing, and `export` a model: its folder is where the int8 form is measured. */
function folderOf(command: Command, first: string | undefined, { kb }: Values): string | undefined {
  if (command === 'diff' || command === 'models') return undefined;
  const folder = command === 'export' ? kb : first;
  return folder === undefined ? undefined : resolve(folder);
}

function twoRuns(first: string | undefined, second: string | undefined): [string, string] {
  if (first === undefined || second === undefined) throw errors.usage('diff needs two run files');
  return [resolve(first), resolve(second)];
}

/** Options that do something for some commands only. */
const OWNERS: Partial<Record<keyof Values, readonly Command[]>> = {
  'save-run': ['evaluate', 'check'],
  baseline: ['check'],
  'max-drop': ['check'],
  'allow-vanished': ['check'],
  junit: ['check'],
  sarif: ['check'],
  markdown: ['evaluate', 'check'],
  html: ['evaluate'],
  lang: ['evaluate'],
  store: ['evaluate'],
  name: ['publish', 'evaluate'],
  mode: ['train', 'curve'],
  'top-layers': ['train', 'curve'],
  fresh: ['train'],
  remine: ['train', 'curve'],
  paraphrases: ['train', 'curve'],
  'fail-on': ['lint'],
  all: ['suggest'],
  drafts: ['suggest'],
  int8: ['export'],
  pin: ['models'],
  unpin: ['models'],
  delete: ['models'],
};

/** Options that would do nothing are refused, so that a workflow does not think it is checked. */
function refuseForeign(command: Command, values: Values): void {
  for (const [name, owners] of Object.entries(OWNERS))
    if (values[name as keyof Values] !== undefined && !owners.includes(command))
      throw errors.usage(`--${name} belongs to ${owners.join(' and ')}, not ${command}`);
}

/** The number of layers means nothing where all are trained. */
function topOptions({ mode, 'top-layers': layers }: Values): { topLayers?: number } {
  if (layers === undefined) return {};
  if (mode !== 'top') throw errors.usage('--top-layers needs --mode top');
  return { topLayers: wholeNumber('--top-layers', layers, 1) };
}

function suggestOptions({ all = false, drafts }: Values): SuggestOptions {
  // Other formats would have to be taken apart for each draft.
  if (drafts !== undefined && !/\.questions\.jsonl$/i.test(drafts))
    throw errors.badOption('--drafts', drafts, 'a file named *.questions.jsonl');
  return { all, ...(drafts !== undefined && { drafts: resolve(drafts) }) };
}

function reportOptions({ html, markdown, lang }: Values): { report?: ReportOptions } {
  const language = oneOf('--lang', (lang ?? 'en').toLowerCase(), REPORT_LANGUAGES);
  if (html === undefined && markdown === undefined) {
    if (lang !== undefined) throw errors.usage('--lang needs --html FILE or --markdown FILE to write');
    return {};
  }
  return {
    report: {
      ...(html !== undefined && { html: resolve(html) }),
      ...(markdown !== undefined && { markdown: resolve(markdown) }),
      language,
    },
  };
}

function storeOptions(command: Command, folder: string | undefined, values: Values): { store?: StoreChoice } {
  const url = command === 'publish' ? values.to : values.store;
  if (command === 'publish' && url === undefined) throw errors.usage('publish needs --to postgresql://…');
  if (command === 'evaluate' && url === undefined && values.name !== undefined)
    throw errors.usage('--name needs --store, whose knowledge base it names');
  if (values.store !== undefined && (values.retrieval ?? 'vectors') !== 'vectors')
    throw errors.usage('--store ranks by vectors; leave out --retrieval');
  if (url === undefined || folder === undefined) return {};
  const name = values.name ?? storeNameOf(basename(resolve(folder)));
  checkStoreName(name);
  return { store: { url, name } };
}

function checkOptions(values: Values): CheckOptions {
  if (values.baseline === undefined) throw errors.usage('check needs --baseline FILE');
  const maxDrop = Number(values['max-drop'] ?? 0);
  if (values['max-drop']?.trim() === '' || !(maxDrop >= 0 && maxDrop <= 100))
    throw errors.badOption('--max-drop', values['max-drop']!, 'points from 0 to 100');
  const path = (file: string | undefined): string | undefined => (file === undefined ? undefined : resolve(file));
  const { junit, sarif, markdown } = values;
  return {
    baseline: resolve(values.baseline),
    maxDrop,
    allowVanished: values['allow-vanished'] ?? false,
    junit: path(junit),
    sarif: path(sarif),
    markdown: path(markdown),
  };
}

/** Options whose name carries a number, which parseArgs cannot declare. */
function takeThresholds(argv: readonly string[]): { rest: string[]; thresholds: Threshold[] } {
  const rest: string[] = [];
  const thresholds: Threshold[] = [];
  for (let i = 0; i < argv.length; i++) {
    const match = THRESHOLD.exec(argv[i]!);
    if (!match) {
      rest.push(argv[i]!);
      continue;
    }
    thresholds.push({ metric: match[1]!, least: share(argv[i]!, match[2] ?? argv[++i] ?? '') });
  }
  return { rest, thresholds };
}

function oneOf<T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((each) => each === text);
  if (found === undefined) throw errors.badOption(option, text, known.join(', '));
  return found;
}

function isCommand(text: string): text is Command {
  return (COMMANDS as readonly string[]).includes(text);
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (text === '' || !Number.isInteger(value) || value < least || value > 1e9)
    throw errors.badOption(option, text, `a whole number from ${least}`);
  return value;
}

function minutes(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value <= 1e5)) throw errors.badOption(option, text, 'a number above 0');
  return value;
}

function share(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw errors.badOption(option, text, 'a number from 0 to 1');
  return value;
}
