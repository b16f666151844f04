// The switch that holds a job between two steps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PauseSwitch } from '../../../src/core/pause.ts';
import { TrainingClock } from '../../../src/engine/training/clock.ts';

test('waiting ends when the job goes on, or when it is stopped', async () => {
  const pause = new PauseSwitch();
  await pause.wait();
  pause.set(true);
  let went = '';
  const stop = new AbortController();
  const first = pause.wait().then(() => (went += 'on '));
  const second = pause.wait(stop.signal).then(() => (went += 'stopped '));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(went, '');
  stop.abort();
  await second;
  assert.equal(went, 'stopped ');
  pause.set(false);
  await first;
  assert.equal(went, 'stopped on ');
});

test('the clock of a run stands still while it is paused, and a stop reaches it there', async () => {
  let now = 0;
  const clock = new TrainingClock(60, () => now);
  const pause = new PauseSwitch();
  const stop = new AbortController();
  now = 30_000;
  await clock.gate({ pause });
  assert.deepEqual([clock.seconds, clock.used], [30, 0.5]);
  pause.set(true);
  const held = clock.gate({ pause, signal: stop.signal });
  now = 100_000;
  pause.set(false);
  await held;
  assert.deepEqual([clock.seconds, clock.used], [30, 0.5]);
  pause.set(true);
  const stopped = clock.gate({ pause, signal: stop.signal });
  stop.abort();
  await assert.rejects(stopped, { name: 'AbortError' });
  assert.equal(new TrainingClock(undefined, () => now).used, 0);
});
