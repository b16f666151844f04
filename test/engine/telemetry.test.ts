// The runtime reports to its maker unless it is told not to; "nothing leaves the machine" holds for it too.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const source = (path: string): string => pathToFileURL(join(import.meta.dirname, '../../src', path)).href;
const RUN = `
import { GraphBuilder } from '${source('autodiff/builder.ts')}';
import { encodeModel } from '${source('autodiff/proto.ts')}';
import { Session } from '${source('engine/runtime.ts')}';
const b = GraphBuilder.empty('sum');
const x = b.input('x', 'float32', [2]);
b.output(b.add(x, x), 'float32', [2]);
const session = await Session.open(encodeModel(b.graph));
const results = await session.run({ x: { type: 'float32', dims: [2], data: Float32Array.of(1, 2) } });
console.log(process.env.ORT_DISABLE_TELEMETRY, [...Object.values(results)[0].data].join());
await session.close();
`;

test('a session leaves no identifier and no queue of events in the home folder', () => {
  const home = mkdtempSync(join(tmpdir(), 'kb-recall-home-'));
  const script = join(home, 'run.mts');
  writeFileSync(script, RUN);
  // Any of these would silence the runtime by itself.
  const { CI, ORT_RUNNING_UNIT_TESTS, ORT_DISABLE_TELEMETRY, GITHUB_ACTIONS, XDG_CACHE_HOME, ...rest } = process.env;
  const env = { ...rest, HOME: home };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script], {
    cwd: join(import.meta.dirname, '../..'),
    env,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.equal(stdout.trim(), '1 2,4');
  assert.deepEqual(readdirSync(home), ['run.mts']);
  rmSync(home, { recursive: true });
});
