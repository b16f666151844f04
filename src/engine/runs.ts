// The runs that were made, as small JSON files beside the models, and the models of runs that were not promoted.
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errors } from '../core/errors.ts';
import type { RunFile } from '../core/runs/run.ts';
import type { KeptRun, RunDecision, RunRecord, RunSummary, RunsPlace } from '../protocol/runs.ts';
import { codeOf, explainWriteError, removeFolderAtomic, sweepFolder, writeFileAtomic } from './atomicFile.ts';
import { readRunFile, writeRunFile } from './runFile.ts';

const FOLDER = '.runs';
const CANDIDATES = '.candidates';
/** Ids are made by {@link runId}; anything else could lead out of the folder. */
const ID = /^[\w-]+$/;
/** Names of tuned models, as `tunedId` makes them. */
const NAME = /^[\p{L}\p{N}_-][\p{L}\p{N}_.-]*$/u;

/** A new run's id: sorts by time, and two that start together differ by their process. */
export function runId(started: number): string {
  return `${new Date(started).toISOString().replace(/[-:.]/g, '')}-${process.pid.toString(36)}`;
}

/** The name by which the runs of a knowledge base are told from those of others. */
export function baseOf({ indexFolder }: Pick<RunsPlace, 'indexFolder'>): string {
  return basename(indexFolder);
}

/** Where a model that was trained but not promoted waits for the author's word; listings of models do not see it. */
export function candidatePath(modelsFolder: string, id: string): string {
  return join(modelsFolder, CANDIDATES, id);
}

/** Removes what killed runs left half written among models and records. */
export async function sweepRuns(modelsFolder: string): Promise<void> {
  for (const folder of [modelsFolder, join(modelsFolder, CANDIDATES), join(modelsFolder, FOLDER)])
    await sweepFolder(folder);
}

export async function writeRun(modelsFolder: string, run: RunRecord): Promise<void> {
  await mkdir(join(modelsFolder, FOLDER), { recursive: true });
  await writeFileAtomic(fileOf(modelsFolder, run.id), `${JSON.stringify(run)}\n`);
}

/** Keeps the evaluation at the end of a run beside its record, as a run file that `kb-recall diff` reads too. */
export async function keepEvaluation(modelsFolder: string, id: string, evaluation: RunFile): Promise<void> {
  // What beat a question makes most of the file, and is no part of a comparison.
  const questions = evaluation.questions.map((each) => ({ ...each, top: [] }));
  await writeRunFile(evaluationOf(modelsFolder, id), { ...evaluation, questions });
}

/** An evaluation that was kept. Throws a UserError when it is gone or broken. */
export async function readKept(modelsFolder: string, kept: KeptRun): Promise<RunFile> {
  if ('file' in kept) return readRunFile(kept.file);
  if (!ID.test(kept.run)) throw errors.runGone(kept.run);
  return readRunFile(evaluationOf(modelsFolder, kept.run));
}

/** The run, or undefined where it is gone or its file is broken. */
export async function readRun(modelsFolder: string, id: string): Promise<RunRecord | undefined> {
  if (!ID.test(id)) return undefined;
  try {
    const run = JSON.parse(await readFile(fileOf(modelsFolder, id), 'utf8')) as RunRecord;
    const { modelId, candidateId } = run.answer ?? {};
    // Names of models become folders that are moved and removed: a record that was tampered with must not lead elsewhere.
    if (![modelId, candidateId].every((name) => name === undefined || NAME.test(name))) return undefined;
    return run.id === id && typeof run.started === 'number' && Array.isArray(run.steps) ? run : undefined;
  } catch {
    return undefined;
  }
}

/** The runs of a knowledge base, latest first. */
export async function listRuns(place: RunsPlace): Promise<RunSummary[]> {
  const names = await readdir(join(place.modelsFolder, FOLDER)).catch((): string[] => []);
  const runs: RunSummary[] = [];
  for (const name of names) {
    if (!name.endsWith('.json')) continue;
    const run = await readRun(place.modelsFolder, name.slice(0, -'.json'.length));
    if (run?.base === baseOf(place)) runs.push(summaryOf(run, names.includes(basename(evaluationOf('', run.id)))));
  }
  return runs.sort((a, b) => b.started - a.started);
}

function summaryOf(run: RunRecord, comparable: boolean): RunSummary {
  const { id, started, settings, failed, stopped, decision, answer, steps } = run;
  const last = steps.findLast(({ detail }) => typeof detail?.seconds === 'number');
  const k = answer?.before.primaryK ?? 5;
  const [before, after] = [answer?.before, answer?.after].map(
    (each) => each?.slices.test.metrics[`recall@${k}`]?.value,
  );
  return {
    id,
    started,
    settings,
    ...(failed !== undefined && { failed }),
    ...(stopped && { stopped }),
    ...(decision && { decision }),
    ...(last && { pace: Number(last.detail!.seconds) / last.done }),
    comparable,
    candidate: answer?.candidateId !== undefined && decision === undefined,
    promoted: answer?.promoted ?? false,
    ...(answer?.modelId && { modelId: answer.modelId }),
    ...(before !== undefined && { recall: { k, before, ...(after !== undefined && { after }) } }),
  };
}

/**
 * Makes a run's waiting model one of the models, or removes it; returns its id where it may now be used.
 * Throws a UserError where there is no such run or nothing waits.
 */
export async function settleRun(modelsFolder: string, id: string, decision: RunDecision): Promise<string | undefined> {
  const run = await readRun(modelsFolder, id);
  const model = run?.answer?.candidateId;
  if (!run || model === undefined || run.decision) throw errors.runGone(id);
  const waiting = candidatePath(modelsFolder, model);
  if (decision === 'discarded') await removeFolderAtomic(waiting);
  else {
    const target = join(modelsFolder, model);
    await rename(waiting, target).catch(async (error: unknown) => {
      // The same weights were promoted by another run, or by this one, killed before it wrote that down.
      const isThere = await stat(join(target, 'config.json')).catch(() => undefined);
      if (!isThere) throw codeOf(error) === 'ENOENT' ? errors.runGone(id) : await explainWriteError(error, target, 0);
      await removeFolderAtomic(waiting);
    });
    run.answer!.modelId = model;
  }
  await writeRun(modelsFolder, { ...run, decision });
  return decision === 'promoted' ? model : undefined;
}

/** Removes the record, and the model that waited for a decision; models in use stay. */
export async function deleteRun(modelsFolder: string, id: string): Promise<void> {
  const run = await readRun(modelsFolder, id);
  if (!run) return;
  const model = run.answer?.candidateId;
  if (model !== undefined) await removeFolderAtomic(candidatePath(modelsFolder, model));
  for (const file of [fileOf(modelsFolder, id), evaluationOf(modelsFolder, id)]) await rm(file, { force: true });
}

function fileOf(modelsFolder: string, id: string): string {
  return join(modelsFolder, FOLDER, `${id}.json`);
}

function evaluationOf(modelsFolder: string, id: string): string {
  return join(modelsFolder, FOLDER, `${id}.run.json`);
}
