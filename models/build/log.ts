// A line to the screen and to a file, with the minutes since the start.
import { appendFileSync } from 'node:fs';

export function logTo(file: string): (text: string) => void {
  const started = performance.now();
  return (text) => {
    const line = `${((performance.now() - started) / 60000).toFixed(1)} min  ${text}`;
    console.log(line);
    appendFileSync(file, `${line}\n`);
  };
}
