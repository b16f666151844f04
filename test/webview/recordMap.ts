// Records the map that the page is tested with, of the example help desk, by the real engine: `node --import tsx test/webview/recordMap.ts`.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWorkspace } from '../../src/cli/files.ts';
import type { QuestionState, SnippetPlace } from '../../src/core/state.ts';
import { WorkspaceService } from '../../src/engine/live/workspaceService.ts';
import { panelMap } from '../../src/host/panel/map.ts';

const workspace = 'helpdesk';
const home = mkdtempSync(join(tmpdir(), 'kb-map-'));
const questions = new Map<string, QuestionState>();
const snippets = new Map<string, SnippetPlace>();
const service = new WorkspaceService({
  patch: (patch) => {
    for (const each of patch.questions ?? []) questions.set(each.id, each);
    for (const each of patch.snippets ?? []) snippets.set(each.id, each);
  },
  log: console.error,
});
const { documents } = await readWorkspace('examples/helpdesk');
await service.open({
  workspace,
  settings: {
    folder: workspace,
    indexFolder: join(home, 'index'),
    model: 'kb-recall-small',
    modelsFolder: join(home, 'models'),
    embeddedFolder: 'models',
    ks: [1, 3, 5, 10],
    primaryK: 5,
    seed: 0,
    trainShare: 0.6,
    retrieval: 'vectors',
  },
});
await service.change({
  workspace,
  documents: documents.map((each) => ({ ...each, saved: true })),
  removed: [],
  unreadable: [],
});
await service.measure({ workspace });
const answer = await service.map({ workspace, points: 160 });
if (!answer) throw new Error('The help desk was not measured.');
const { points, total } = panelMap(answer, questions, snippets);
const short = (value: number): number => Number(value.toFixed(3));
const rounded = points.map((point) => ({ ...point, x: short(point.x), y: short(point.y) }));
writeFileSync('test/webview/map.json', JSON.stringify({ total, points: rounded }, null, 2));
await service.close({ workspace });
rmSync(home, { recursive: true, force: true });
