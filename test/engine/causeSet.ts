// The labelled failures of test/fixtures/causes through the real session and the embedded model: which cause each is given.
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readWorkspace } from '../../src/cli/files.ts';
import type { Cause } from '../../src/core/causes/cause.ts';
import type { SourceDocument } from '../../src/core/document.ts';
import type { QuestionState } from '../../src/core/state.ts';
import { resolveModel } from '../../src/engine/hub.ts';
import { WorkspaceService } from '../../src/engine/live/workspaceService.ts';
import type { WorkspaceSettings } from '../../src/protocol/workspace.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Files that the knowledge base leaves out, though answers name them. */
const ARCHIVE = /^not-indexed\/archive\//;
/** How a model of this language is used wrongly in the fixtures of that cause. */
const MISUSES = { en: { pooling: 'cls' }, zh: { pooling: 'cls' } };

/** A question with the cause it was written for. */
export interface Labelled {
  label: string;
  language: 'en' | 'zh';
  question: string;
  /** None where the model recalls it: it is no failure then, and does not count. */
  causes: Cause[];
}

/** Measures one half of the set at k = 1; `home` is an empty folder for index and models. */
export async function measureCauses(half: 'dev' | 'test', home: string): Promise<Labelled[]> {
  const { documents } = await readWorkspace(join(ROOT, 'test/fixtures/causes', half));
  const isMisused = ({ file }: SourceDocument): boolean => file.startsWith('model-use/');
  const rest = documents.filter((document) => !isMisused(document) && !ARCHIVE.test(document.file));
  const excluded = documents.map(({ file }) => file).filter((file) => ARCHIVE.test(file));
  const labelled = await measured('kb-recall-small', rest, excluded, home);
  for (const [language, profile] of Object.entries(MISUSES)) {
    const pages = rest.filter(({ file }) => file.endsWith('.md'));
    const mine = documents.filter((document) => isMisused(document) && document.file.includes(`/${language}.`));
    labelled.push(...(await measured(await misused(language, profile, home), [...pages, ...mine], [], home)));
  }
  return labelled;
}

async function measured(
  model: string,
  documents: readonly SourceDocument[],
  excluded: string[],
  home: string,
): Promise<Labelled[]> {
  const questions = new Map<string, QuestionState>();
  const service = new WorkspaceService({
    patch: (patch) => {
      for (const each of patch.questions ?? []) questions.set(each.id, structuredClone(each));
    },
    log: () => undefined,
  });
  const workspace = 'causes';
  const settings: WorkspaceSettings = {
    folder: 'causes',
    indexFolder: join(home, 'index'),
    model,
    modelsFolder: join(home, 'models'),
    embeddedFolder: join(ROOT, 'models'),
    ks: [1, 3, 5, 10],
    primaryK: 1,
    seed: 0,
    trainShare: 0.5,
    retrieval: 'vectors',
    lint: false,
  };
  await service.open({ workspace, settings });
  const saved = documents.map((document) => ({ ...document, saved: true }));
  await service.change({ workspace, documents: saved, removed: [], unreadable: [], excluded });
  await service.measure({ workspace });
  await service.close({ workspace });
  return [...questions.values()].map(({ file, text, causes = [] }) => ({
    label: file.slice(0, file.indexOf('/')),
    language: file.includes('/zh.') ? 'zh' : 'en',
    question: text,
    causes,
  }));
}

/** The embedded model with a profile that its own files contradict. */
async function misused(name: string, profile: object, home: string): Promise<string> {
  const modelsFolder = join(home, 'models');
  const path = await resolveModel('kb-recall-small', { modelsFolder, embeddedFolder: join(ROOT, 'models') });
  const copy = join(home, `kb-recall-small-${name}`);
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy);
  cpSync(path, copy, { recursive: true, filter: (file) => !file.endsWith('.safetensors') });
  symlinkSync(join(path, 'model.safetensors'), join(copy, 'model.safetensors'));
  const manifest = JSON.parse(readFileSync(join(path, 'kb_recall.json'), 'utf8'));
  const text = JSON.stringify({
    ...manifest,
    id: `kb-recall-small-${name}`,
    profile: { ...manifest.profile, ...profile },
  });
  writeFileSync(join(copy, 'kb_recall.json'), text);
  return copy;
}

/** Failures whose main cause is their label, of all failures. */
export function named(items: readonly Labelled[]): { right: number; all: number; share: number } {
  const failures = items.filter(({ causes }) => causes.length > 0);
  const right = failures.filter(({ label, causes }) => causes[0]!.name === label).length;
  return { right, all: failures.length, share: right / Math.max(1, failures.length) };
}

/** Labels as rows, the main causes found as columns, numbered in the order of the rows; recalled questions in the last. */
export function confusionTable(items: readonly Labelled[]): string {
  const names = [
    ...new Set([...items.map(({ label }) => label), ...items.flatMap(({ causes }) => causes[0]?.name ?? [])]),
  ];
  names.sort();
  const cell = (value: string | number): string => String(value || '.').padStart(4);
  const head = `${''.padEnd(22)}${names.map((_, i) => cell(i + 1)).join('')}${'recalled'.padStart(10)}`;
  const rows = names.map((name, i) => {
    const mine = items.filter(({ label }) => label === name);
    const counts = names.map((found) => mine.filter(({ causes }) => causes[0]?.name === found).length);
    const recalled = mine.filter(({ causes }) => causes.length === 0).length;
    return `${`${i + 1} ${name}`.padEnd(22)}${counts.map(cell).join('')}${cell(recalled).padStart(10)}`;
  });
  return [head, ...rows].join('\n');
}
