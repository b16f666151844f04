// Trainings that are killed and go on: the result is that of a run that was not interrupted, to the last bit.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { unfinished } from '../../src/engine/training/checkpoint.ts';

const root = mkdtempSync(join(tmpdir(), 'kb-resume-'));
after(() => rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

interface End {
  steps: number;
  bestEpoch: number;
  curve: { epoch: number; loss: number; development: number }[];
  model: string | null;
  notices: string[];
}

const EPOCHS = 6;

/** Trains in another process; with `killAt` it is killed as soon as it tells that step. */
async function train(home: string, killAt?: number): Promise<{ end?: End; steps: number[] }> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'trainer.ts'), home, String(EPOCHS)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  const steps: number[] = [];
  let end: End | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('step ')) end = JSON.parse(line) as End;
    else if (steps.push(Number(line.slice(5))) && steps.at(-1) === killAt) child.kill('SIGKILL');
  }
  await exited;
  return { end, steps };
}

const weights = (home: string, { model }: End): Buffer => {
  const folders = ['', '.candidates'].map((part) => join(home, 'models', part, model!));
  return readFileSync(join(folders.find((folder) => existsSync(folder))!, 'model.safetensors'));
};
const work = (home: string): string => join(home, 'indexes', 'desk', 'training');

test('killed twice and resumed, a training ends with the same bits as an unbroken one', {
  timeout: 300_000,
}, async () => {
  const unbroken = await train(join(root, 'whole'));
  assert.ok(unbroken.end?.model, 'the run has a model of its own');
  assert.equal(await unfinished({ folder: work(join(root, 'whole')) }), undefined, 'an ended run leaves no checkpoint');
  assert.equal(unbroken.steps.length, unbroken.end.steps);
  const home = join(root, 'broken');
  let begins = 1;
  // Early, and when there is a best checkpoint to remember.
  for (const killAt of [2, 8]) {
    const { end, steps } = await train(home, killAt);
    assert.equal(end, undefined, 'killed');
    assert.equal(steps[0], begins);
    const found = await unfinished({ folder: work(home) });
    assert.ok(found && found.steps > 0 && found.steps <= killAt, JSON.stringify(found));
    begins = found.steps + 1;
  }
  const { end, steps } = await train(home);
  assert.equal(steps[0], begins, 'goes on behind the last checkpoint');
  assert.match(end!.notices.join(), /goes on after step \d+, in epoch \d of 6/);
  assert.deepEqual({ ...end, notices: [] }, { ...unbroken.end, notices: [] });
  assert.ok(weights(home, end!).equals(weights(join(root, 'whole'), unbroken.end)));
  assert.equal(await unfinished({ folder: work(home) }), undefined);
});
