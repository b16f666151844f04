// Arguments of the command line into options; anything unknown is an error that names it.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { errors } from '../core/errors.ts';
import { FORMAT_NAMES } from '../core/exchange/index.ts';
import { RETRIEVALS, type Retrieval } from '../core/report.ts';
import { REPORT_LANGUAGES, type ReportLanguage } from '../core/reportTexts.ts';
import { type ExchangeOptions, exchangeOptions } from './exchangeOptions.ts';

export const COMMANDS = [
  'index',
  'evaluate',
  'train',
  'models',
  'diff',
  'check',
  'import',
  'export-questions',
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

export interface CliOptions {
  command: Command;
  /** Absolute, of `import` the file or folder to read; absent for `models` and `diff`. */
  folder?: string;
  /** The two run files of `diff`. */
  runs?: [string, string];
  /** Where `evaluate` keeps its run. */
  saveRun?: string;
  /** Reports that `evaluate` writes. */
  report?: ReportOptions;
  /** What `check` holds the evaluation against, and where it reports. */
  check?: CheckOptions;
  exchange?: ExchangeOptions;
  model: string;
  ks: number[];
  seed: number;
  epochs?: number;
  minutes?: number;
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
  retrieval?: Retrieval;
}

/** `help` and `version` are answered without running anything. */
export type Parsed = CliOptions | 'help' | 'version';

export const HELP = `Usage: kb-recall COMMAND FOLDER [options]

Commands
  index FOLDER      embed the Markdown snippets of FOLDER; only what changed is embedded again
  evaluate FOLDER   say which standard questions do not recall their snippets
  train FOLDER      fine-tune the model on the training questions and measure on the held-out ones
  models            list the models there are
  diff RUN RUN      compare two evaluations kept with --save-run
  check FOLDER      evaluate and compare with --baseline RUN; exit with 2 when held-out recall fell
  import PATH       read questions (and passages) of another tool: --from FORMAT --to NAME.questions.jsonl;
                    or a TREC run as a run file: --from trec-run --kb FOLDER --to RUN
  export-questions FOLDER
                    write questions and snippets for another tool: --as FORMAT --to PATH

Options
  --model ID|PATH         model to use (default: kb-recall-small, which ships with KB Recall)
  --k 1,3,5,10            cut-offs of recall and hit rate
  --seed N                seed of split, training and intervals (default 0)
  --epochs N              most passes over the training questions (default 10)
  --minutes N             end the training after N minutes with the best checkpoint so far
  --retrieval KIND        rank by vectors (default), words (BM25) or hybrid (both, by reciprocal rank fusion)
  --train-share X         share of the questions trained on (default 0.6)
  --min-recall@5 X        exit with 2 when the held-out figure is below X (also mrr, ndcg@10, hit@k, any k)
  --save-run FILE         keep the evaluation as a run file, or as a TREC run when FILE ends with .trec (evaluate, check)
  --baseline FILE         run file to compare with (check)
  --max-drop POINTS       points of held-out recall that may be lost (check; default 0)
  --junit FILE, --sarif FILE, --markdown FILE
                          write the comparison as JUnit XML, SARIF 2.1.0, Markdown (check)
  --html FILE, --markdown FILE
                          write the report as one HTML page, as Markdown (evaluate)
  --lang en|zh-cn         language of that report (evaluate; default en)
  --from FORMAT, --as FORMAT
                          ${FORMAT_NAMES.join(', ')} (import, export-questions)
  --to PATH               what to write; nothing that exists is overwritten (import, export-questions)
  --kb FOLDER             knowledge base to find imported passages in, by id or text (import)
  --include GLOB          files to read (may be repeated; default **/*.md and the question files)
  --exclude GLOB          files to leave out (may be repeated)
  --threads N             threads of the model (default: one per core)
  --home DIR              where indexes and models are kept (default ~/.kb-recall, or KB_RECALL_HOME)
  --allow-download        fetch a model by its hub name when it is not at hand (honours HF_ENDPOINT)
  --json                  print one JSON object on standard output and nothing else
  --out FILE              write that object to FILE as well
  --help, --version

Exit codes: 0 good, 1 usage or input error, 2 a stated threshold was missed or recall fell, 130 stopped.
`;

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
    throw errors.usage(`${command} needs a ${command === 'import' ? 'file or folder' : 'folder'}`);
  if (extra.length > 0) throw errors.usage(`"${extra[0]}" is one argument too many`);
  const ks = values.k?.split(',').map((k) => wholeNumber('--k', k.trim(), 1)) ?? [1, 3, 5, 10];
  for (const { metric } of thresholds) {
    const k = Number(/^(?:recall|hit)@(\d+)$/.exec(metric)?.[1]);
    if (k >= 1) ks.push(k);
  }
  return {
    command,
    folder: folder === undefined || runs ? undefined : resolve(folder),
    ...(runs && { runs }),
    ...(values['save-run'] !== undefined && { saveRun: saveRun(command, values['save-run']) }),
    ...(command === 'evaluate' ? reportOptions(values) : refuse(command, values, 'evaluate', ['html', 'lang'])),
    ...(command === 'check' ? { check: checkOptions(values) } : refuseCheckOptions(command, values)),
    ...exchangeOptions(command, values),
    model: values.model ?? 'kb-recall-small',
    ks: [...new Set(ks)].sort((a, b) => a - b),
    seed: values.seed === undefined ? 0 : wholeNumber('--seed', values.seed, 0),
    epochs: values.epochs === undefined ? undefined : wholeNumber('--epochs', values.epochs, 1),
    minutes: values.minutes === undefined ? undefined : minutes('--minutes', values.minutes),
    trainShare: values['train-share'] === undefined ? undefined : share('--train-share', values['train-share']),
    retrieval: values.retrieval === undefined ? undefined : retrieval(values.retrieval),
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
      'train-share': { type: 'string' },
      retrieval: { type: 'string' },
      include: { type: 'string', multiple: true },
      exclude: { type: 'string', multiple: true },
      threads: { type: 'string' },
      home: { type: 'string' },
      'allow-download': { type: 'boolean' },
      'save-run': { type: 'string' },
      baseline: { type: 'string' },
      'max-drop': { type: 'string' },
      junit: { type: 'string' },
      sarif: { type: 'string' },
      markdown: { type: 'string' },
      html: { type: 'string' },
      lang: { type: 'string' },
      from: { type: 'string' },
      as: { type: 'string' },
      to: { type: 'string' },
      kb: { type: 'string' },
      json: { type: 'boolean' },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
    },
  });
}

type Values = ReturnType<typeof parse>['values'];

function twoRuns(first: string | undefined, second: string | undefined): [string, string] {
  if (first === undefined || second === undefined) throw errors.usage('diff needs two run files');
  return [resolve(first), resolve(second)];
}

function saveRun(command: Command, file: string): string {
  if (command !== 'evaluate' && command !== 'check')
    throw errors.usage(`--save-run belongs to evaluate and check, not ${command}`);
  return resolve(file);
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
    junit: path(junit),
    sarif: path(sarif),
    markdown: path(markdown),
  };
}

function reportOptions({ html, markdown, lang }: Values): { report?: ReportOptions } {
  const language = REPORT_LANGUAGES.find((each) => each === (lang ?? 'en').toLowerCase());
  if (!language) throw errors.badOption('--lang', lang!, REPORT_LANGUAGES.join(' or '));
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

function refuseCheckOptions(command: Command, values: Values): object {
  // A report of one evaluation is Markdown as well.
  const markdown = command === 'evaluate' ? [] : (['markdown'] as const);
  return refuse(command, values, 'check', ['baseline', 'max-drop', 'junit', 'sarif', ...markdown]);
}

/** Options that would do nothing are refused, so that a workflow does not think it is checked. */
function refuse(command: Command, values: Values, owner: Command, names: readonly (keyof Values)[]): object {
  for (const name of names)
    if (values[name] !== undefined) throw errors.usage(`--${name} belongs to ${owner}, not ${command}`);
  return {};
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

function retrieval(text: string): Retrieval {
  const known = RETRIEVALS.find((each) => each === text);
  if (!known) throw errors.badOption('--retrieval', text, RETRIEVALS.join(', '));
  return known;
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
