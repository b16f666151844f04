// Time to read the only index below a folder from the disk into memory.
import { onlyIndex } from './onlyIndex.ts';
import { median, partSettings } from './process.ts';

const { indexes } = partSettings<{ indexes: string }>();
const times: number[] = [];
for (let round = 0; round < 3; round++) {
  const started = performance.now();
  await onlyIndex(indexes);
  times.push(performance.now() - started);
}
console.log(JSON.stringify({ milliseconds: median(times) }));
