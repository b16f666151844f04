// What a number of questions can tell at all: which changes of recall a paired test would find.
import { smallestTellable } from './statistics.ts';

/** Share of questions whose outcome changes between two runs, where none was measured: about that of a fine-tuning of the example help desk. */
const ASSUMED_DISCORDANCE = 0.15;
const ALPHA = 0.05;
const POWER = 0.8;

/** What `questions` can tell at p < 0.05; shares in (0, 1], absent where even a change of every question is too few. */
export interface Power {
  questions: number;
  /** Share of questions whose outcome changes, in [0, 1]. */
  discordance: number;
  /** Whether that share was measured, or assumed. */
  isMeasured: boolean;
  /** Below this no change can be told from chance, whatever happens. */
  tellable?: number;
  /** A true change of this size is told from chance in 4 of 5 cases, if `discordance` of the questions change. */
  detectable?: number;
}

/** The power of a paired comparison of 0s and 1s over `questions`; a measured discordance of none says nothing, so that it is assumed. */
export function powerOf(questions: number, measured = 0): Power {
  const discordance = measured || ASSUMED_DISCORDANCE;
  const tellable = smallestTellable(questions, ALPHA);
  const detectable = tellable && detectableDifference(questions, discordance);
  const isMeasured = measured > 0;
  // A smaller true change is found only when it looks larger than it is.
  return { questions, discordance, isMeasured, tellable, detectable: detectable && Math.max(tellable, detectable) };
}

/**
 * The smallest true difference of two means of 0s and 1s over `questions` that the paired test finds with the given power, if
 * a share `discordance` of them changes (all one way where that is less than the difference). Solved by halving to 1e-4.
 */
export function detectableDifference(
  questions: number,
  discordance: number,
  { alpha = ALPHA, power = POWER } = {},
): number | undefined {
  const found = (difference: number): boolean =>
    pairedPower(questions, Math.max(discordance, difference), difference, alpha) >= power;
  if (!found(1)) return undefined;
  let [low, high] = [0, 1];
  while (high - low > 1e-4) {
    const middle = (low + high) / 2;
    if (found(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * Exact power of the two-sided sign test on the changed pairs, which is McNemar's exact test and, for 0s and 1s, Fisher's randomisation
 * test (Duffy, Biometrics 40, 1984): the number of changed questions is binomial (questions, discordance), those that changed for the
 * better binomial among them. `discordance` in (0, 1], `difference` in [0, discordance].
 */
export function pairedPower(questions: number, discordance: number, difference: number, alpha = ALPHA): number {
  const better = (discordance + difference) / (2 * discordance);
  const logFactorial = logFactorials(questions);
  const spread = 8 * Math.sqrt(questions * discordance * (1 - discordance));
  const centre = questions * discordance;
  let power = 0;
  for (
    let changed = Math.max(0, Math.floor(centre - spread));
    changed <= Math.min(questions, centre + spread);
    changed++
  ) {
    const fewest = fewestToReject(changed, alpha, logFactorial);
    if (fewest === undefined) continue;
    const rejected =
      upperTail(changed, better, fewest, logFactorial) + upperTail(changed, 1 - better, fewest, logFactorial);
    power += binomial(questions, discordance, changed, logFactorial) * rejected;
  }
  return power;
}

/** How many of `changed` must go one way for two-sided p <= alpha; undefined where even all are too few. */
function fewestToReject(changed: number, alpha: number, logFactorial: Float64Array): number | undefined {
  let tail = 0;
  let fewest: number | undefined;
  for (let count = changed; count > changed / 2; count--) {
    tail += binomial(changed, 0.5, count, logFactorial);
    if (2 * tail > alpha) break;
    fewest = count;
  }
  return fewest;
}

function upperTail(trials: number, share: number, from: number, logFactorial: Float64Array): number {
  let sum = 0;
  for (let count = from; count <= trials; count++) sum += binomial(trials, share, count, logFactorial);
  return sum;
}

function binomial(trials: number, share: number, count: number, logFactorial: Float64Array): number {
  if (share <= 0 || share >= 1) return count === (share <= 0 ? 0 : trials) ? 1 : 0;
  const ways = logFactorial[trials]! - logFactorial[count]! - logFactorial[trials - count]!;
  return Math.exp(ways + count * Math.log(share) + (trials - count) * Math.log(1 - share));
}

function logFactorials(most: number): Float64Array {
  const table = new Float64Array(most + 1);
  for (let i = 2; i <= most; i++) table[i] = table[i - 1]! + Math.log(i);
  return table;
}

/** What the number of questions can tell, for people, one sentence; `metric` names the figure. */
export function powerText({ questions, discordance, isMeasured, tellable, detectable }: Power, metric: string): string {
  if (tellable === undefined || detectable === undefined)
    return `With ${questions} questions no change of ${metric} can be told from chance.`;
  const points = (share: number): string => (share * 100).toFixed(1);
  const basis = `if ${(discordance * 100).toFixed(0)} % of the questions change${isMeasured ? ', as here' : ''}`;
  return (
    `With ${questions} questions a change of ${metric} under ${points(tellable)} points cannot be told from chance, ` +
    `and one of ${points(detectable)} is told in 4 of 5 cases (p < 0.05, ${basis}).`
  );
}
