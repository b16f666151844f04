// Records the map that the page is tested with, of the example help desk, by the real engine: `node --import tsx test/webview/recordMap.ts`.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { panelMap } from '../../src/host/panel/map.ts';
import { openLive } from '../engine/liveService.ts';

const home = mkdtempSync(join(tmpdir(), 'kb-map-'));
const { service, workspace, questions, snippets } = await openLive('examples/helpdesk', home);
await service.measure({ workspace });
const answer = await service.map({ workspace, points: 160 });
if (!answer) throw new Error('The help desk was not measured.');
const { points, total } = panelMap(answer, questions, snippets);
const short = (value: number): number => Number(value.toFixed(3));
const rounded = points.map((point) => ({ ...point, x: short(point.x), y: short(point.y) }));
writeFileSync('test/webview/map.json', JSON.stringify({ total, points: rounded }, null, 2));
await service.close({ workspace });
rmSync(home, { recursive: true, force: true });
