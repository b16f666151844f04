// The commands: read the folder, call the engine, print text or one JSON object, say an exit code.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errors, isAbort, UserError } from '../core/errors.ts';
import type { JobContext } from '../core/progress.ts';
import type { RecallReport } from '../core/report.ts';
import { writeFileAtomic } from '../engine/atomicFile.ts';
import { readRunFile } from '../engine/runFile.ts';
import { EngineService } from '../engine/service.ts';
import type { EngineApi, EvaluateParams } from '../protocol/engine.ts';
import { exchange } from './exchange.ts';
import { EXIT } from './exit.ts';
import { readWorkspace } from './files.ts';
import { HELP } from './help.ts';
import { evaluationJson, trainingJson } from './json.ts';
import { lintOutcome } from './lint.ts';
import { type CliOptions, parseOptions, type Threshold } from './options.ts';
import { progressBar } from './progressBar.ts';
import { writeReports } from './reports.ts';
import { checkRun, diffFiles, saveRun } from './runs.ts';
import { publishText, servedOtherwise, servedText } from './store.ts';
import { suggestFor } from './suggest.ts';
import { curveText, evaluationText, exportText, findingsText, indexText, modelsText, trainingText } from './text.ts';

/** Where a run writes, and what may stop it. */
export interface CliIo {
  out(text: string): void;
  err(text: string): void;
  /** True where standard error is a terminal: progress bars are drawn. */
  interactive: boolean;
  signal?: AbortSignal;
}

/** What a command gives back: text for people, an object for programs, and the report that thresholds apply to. */
interface Outcome {
  text: string;
  json: unknown;
  report?: RecallReport;
  /** Why the command counts as missed besides thresholds, one sentence each. */
  misses?: readonly string[];
}

/** Runs one command and returns its exit code. Never throws. */
export async function runCli(
  argv: readonly string[],
  io: CliIo,
  engine: EngineApi = new EngineService(),
): Promise<number> {
  const bar = progressBar(io);
  try {
    const options = parseOptions(argv);
    if (options === 'help') {
      io.out(HELP);
      return EXIT.good;
    }
    if (options === 'version') {
      io.out(`kb-recall ${process.env.npm_package_version ?? '0.1.0'}\n`);
      return EXIT.good;
    }
    const outcome = await run(options, engine, { signal: io.signal, onProgress: bar.show });
    bar.clear();
    const json = `${JSON.stringify(outcome.json, null, 2)}\n`;
    if (options.out !== undefined) await writeFileAtomic(resolve(options.out), json);
    io.out(options.json ? json : outcome.text);
    const missed = outcome.report ? missedThresholds(outcome.report, options.thresholds) : [];
    missed.push(...(outcome.misses ?? []));
    for (const sentence of missed) io.err(`${sentence}\n`);
    return missed.length > 0 ? EXIT.missed : EXIT.good;
  } catch (error) {
    bar.clear();
    return explain(error, io);
  }
}

function explain(error: unknown, io: CliIo): number {
  if (isAbort(error)) {
    io.err('Stopped. Index and models are as they were.\n');
    return EXIT.stopped;
  }
  if (error instanceof UserError) io.err(`Error: ${error.message}\n${error.action}\n`);
  else
    io.err(`This is a fault in kb-recall, please report it: ${error instanceof Error ? error.stack : String(error)}\n`);
  return EXIT.error;
}

async function run(options: CliOptions, engine: EngineApi, context: JobContext): Promise<Outcome> {
  const modelsFolder = join(options.home, 'models');
  const embeddedFolder = embeddedModels();
  if (options.command === 'models') {
    const { modelChange } = options;
    const place = { modelsFolder, embeddedFolder };
    const models = await (modelChange ? engine.changeModel({ ...place, ...modelChange }) : engine.models(place));
    return { text: modelsText(models), json: { models } };
  }
  if (options.runs) return diffFiles(...options.runs, options.seed);
  if (options.exchange) return exchange({ ...options, exchange: options.exchange }, context.signal);
  const params = options.folder ? await parameters(options, modelsFolder, embeddedFolder, context) : undefined;
  if (options.modelExport) {
    const { model, threads, seed, allowDownload } = options;
    const choice = { model, threads, seed, allowDownload, modelsFolder, embeddedFolder };
    const measureOn = params ? { base: params.base, retrieval: params.retrieval } : undefined;
    const answer = await engine.exportModel({ ...choice, ...options.modelExport, measureOn }, context);
    return { text: exportText(answer), json: answer };
  }
  if (!params) throw new Error(`${options.command} ran without a folder.`);
  if (options.suggest) return suggestFor(params.base, options.suggest);
  if (options.command === 'index') {
    const answer = await engine.index(params, context);
    return { text: indexText(answer) + findingsText(answer.findings), json: answer };
  }
  if (options.command === 'evaluate') {
    const answer = await engine.evaluate({ ...params, store: options.store }, context);
    if (options.saveRun) await saveRun(options.saveRun, answer);
    if (options.report) await writeReports(options.report, options.folder!, answer);
    const misses = answer.served && servedOtherwise(answer.report, answer.served);
    const text = evaluationText(answer) + (answer.served ? servedText(answer.report, answer.served) : '');
    return { text, json: evaluationJson(answer), report: answer.report, misses };
  }
  if (options.command === 'publish') {
    const answer = await engine.publish({ ...params, store: options.store! }, context);
    return { text: publishText(answer), json: answer };
  }
  if (options.failOn) return lintOutcome(await engine.lint(params, context), options.failOn);
  if (options.check) {
    const before = await readRunFile(options.check.baseline);
    const answer = await engine.evaluate(
      { ...params, primaryK: before.primaryK, ks: [...new Set([...(params.ks ?? []), before.primaryK])] },
      context,
    );
    if (options.saveRun) await saveRun(options.saveRun, answer);
    const { text, json, regressions } = await checkRun(options.check, options.folder!, before, answer, options.seed);
    return { text, json, misses: regressions, report: answer.report };
  }
  const { epochs, minutes, mode, topLayers, startsAnew, remine, paraphrases } = options;
  if (options.command === 'curve') {
    const answer = await engine.curve({ ...params, epochs, minutes, mode, topLayers, remine, paraphrases }, context);
    return { text: curveText(answer), json: answer };
  }
  const answer = await engine.train(
    { ...params, epochs, minutes, mode, topLayers, startsAnew, remine, paraphrases },
    context,
  );
  return {
    text: trainingText(answer),
    json: trainingJson(answer),
    report: answer.promoted ? answer.after : answer.before,
  };
}

/** The models that ship with KB Recall: beside the bundle's folder, or, run from source, beside src. */
function embeddedModels(): string {
  const [bundled, source] = ['../models', '../../models'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return existsSync(bundled!) ? bundled! : source!;
}

async function parameters(
  options: CliOptions,
  modelsFolder: string,
  embeddedFolder: string,
  context: JobContext,
): Promise<EvaluateParams> {
  const folder = options.folder!;
  const { include, exclude } = options;
  const { documents, findings, excluded } = await readWorkspace(folder, { include, exclude }, context.signal);
  // Two folders of the same name must not share an index.
  const name = `${basename(folder)}-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`;
  return {
    base: { folder, documents, unreadable: findings, excluded, indexFolder: join(options.home, 'indexes', name) },
    model: options.model,
    modelsFolder,
    embeddedFolder,
    allowDownload: options.allowDownload,
    threads: options.threads,
    ks: options.ks,
    seed: options.seed,
    trainShare: options.trainShare,
    heldOut: options.heldOut,
    retrieval: options.retrieval,
  };
}

/** One sentence per threshold that the held-out questions miss. */
function missedThresholds(report: RecallReport, thresholds: readonly Threshold[]): string[] {
  const slice = report.slices.test;
  return thresholds.flatMap(({ metric, least }) => {
    const figure = slice.metrics[metric];
    if (figure === undefined)
      throw errors.badOption(`--min-${metric}`, String(least), `one of ${Object.keys(slice.metrics).join(', ')}`);
    return figure.value < least
      ? [`Missed: ${metric} is ${figure.value.toFixed(3)} on ${slice.measuredOn}, asked for ${least}.`]
      : [];
  });
}
