// Recall on the pairs that prepare.py kept back: what a run's log is watched by. Never on questions of FAQ pages, which measure.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface DevelopmentSet {
  queries: number[][];
  passages: number[][];
}

/** Of each language, the share of kept-back headings whose section is among the first five of all kept passages. */
export async function developmentRecall(
  folder: string,
  width: number,
  embed: (texts: readonly number[][]) => Promise<Float32Array>,
): Promise<string> {
  const sets = JSON.parse(readFileSync(join(folder, 'dev.json'), 'utf8')) as Record<string, DevelopmentSet>;
  const parts: string[] = [];
  for (const [language, set] of Object.entries(sets)) {
    const queries = await embed(set.queries);
    const passages = await embed(set.passages);
    let found = 0;
    for (let q = 0; q < set.queries.length; q++) {
      const score = (passage: number): number => {
        let sum = 0;
        for (let d = 0; d < width; d++) sum += queries[q * width + d]! * passages[passage * width + d]!;
        return sum;
      };
      const own = score(q);
      let above = 0;
      for (let p = 0; p < set.passages.length && above < 5; p++) if (score(p) > own) above++;
      if (above < 5) found++;
    }
    parts.push(`${language} ${(found / set.queries.length).toFixed(3)}`);
  }
  return parts.join(', ');
}
