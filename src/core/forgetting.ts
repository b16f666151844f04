// Whether a fine-tuned model still finds what the base model found outside of the knowledge base.
import { errors } from './errors.ts';
import { type Interval, mean, pairedInterval, pairedRandomisation } from './statistics.ts';

/** A question of everyday knowledge and the one passage of its set that answers it. */
export interface GeneralPair {
  question: string;
  passage: string;
}

/** recall@1 on general questions before and after a training. */
export interface Forgetting {
  questions: number;
  /** In 0..1. */
  before: number;
  after: number;
  /** after - before with the 95 % paired bootstrap interval. */
  difference: Interval;
  /** Two-sided paired randomisation test. */
  pValue: number;
}

/** Reads a set of pairs, one JSON object a line. Throws a UserError that names the file and the line that is none. */
export function parseGeneralSet(text: string, file: string): GeneralPair[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    let pair: Partial<GeneralPair> | null = null;
    try {
      pair = JSON.parse(line);
    } catch {
      // Told below, as a line of another form is.
    }
    if (typeof pair?.question !== 'string' || typeof pair.passage !== 'string')
      throw errors.generalSetBroken(file, i + 1);
    return [{ question: pair.question, passage: pair.passage }];
  });
}

/** Compares the ranks of the right passages, 1-based and in one order, under the base model and under the tuned one. */
export function compareForgetting(before: readonly number[], after: readonly number[], seed: number): Forgetting {
  const [was, is] = [before, after].map((ranks) => ranks.map((rank) => (rank === 1 ? 1 : 0))) as [number[], number[]];
  return {
    questions: was.length,
    before: mean(was),
    after: mean(is),
    difference: pairedInterval(was, is, { seed }),
    pValue: pairedRandomisation(was, is, { seed }),
  };
}

/** Whether the loss is more than chance: the whole interval lies below zero. */
export function hasForgotten({ difference }: Forgetting): boolean {
  return difference.high < 0;
}
