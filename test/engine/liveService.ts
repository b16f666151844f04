// A live knowledge base of a folder, opened with the embedded model and not yet measured, and what it told so far.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readWorkspace } from '../../src/cli/files.ts';
import type { QuestionState, SnippetPlace } from '../../src/core/state.ts';
import { WorkspaceService } from '../../src/engine/live/workspaceService.ts';
import type { WorkspaceSettings } from '../../src/protocol/workspace.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** `folder` is relative to the repository; index and models go under `home`; `more` are further files. */
export async function openLive(
  folder: string,
  home: string,
  options: { settings?: Partial<WorkspaceSettings>; more?: Record<string, string> } = {},
) {
  const workspace = folder;
  const questions = new Map<string, QuestionState>();
  const snippets = new Map<string, SnippetPlace>();
  const service = new WorkspaceService({
    patch: (patch) => {
      for (const each of structuredClone(patch.questions ?? [])) questions.set(each.id, each);
      for (const each of patch.snippets ?? []) snippets.set(each.id, each);
    },
    log: () => undefined,
  });
  const settings: WorkspaceSettings = {
    folder,
    indexFolder: join(home, 'index'),
    model: 'kb-recall-small',
    modelsFolder: join(home, 'models'),
    embeddedFolder: join(ROOT, 'models'),
    ks: [1, 3, 5, 10],
    primaryK: 5,
    seed: 0,
    trainShare: 0.6,
    retrieval: 'vectors',
    lint: false,
    ...options.settings,
  };
  await service.open({ workspace, settings });
  const { documents } = await readWorkspace(join(ROOT, folder));
  const added = Object.entries(options.more ?? {}).map(([file, text]) => ({ file, text }));
  const all = [...documents, ...added].map((each) => ({ ...each, saved: true }));
  await service.change({ workspace, documents: all, removed: [], unreadable: [] });
  return { service, workspace, questions, snippets };
}
