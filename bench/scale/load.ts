// Time to read the only index below a folder from the disk into memory.
import { onlyIndex } from './onlyIndex.ts';
import { type Clock, median, now, partSettings } from './process.ts';

const { indexes, clock } = partSettings<{ indexes: string; clock: Clock }>();
const times: number[] = [];
for (let round = 0; round < 3; round++) {
  const started = now(clock);
  await onlyIndex(indexes);
  times.push((now(clock) - started) * 1000);
}
console.log(JSON.stringify({ milliseconds: median(times) }));
