// Train and held-out questions: which side each question stands on, so that nothing learnt from one side answers the other.
//
// Questions that share a snippet or a near-duplicate wording stand together (a component). A component's side comes from a hash
// of one of its snippet ids against the wanted share, so adding questions elsewhere never moves it, nor does reordering, rewording
// or adding a question to a snippet it already has. Hashing alone gives small sets lopsided sides, so when the share is off by more
// than TOLERANCE, components nearest the threshold cross over until it is not. That is the only way a held-out
// question moves without a change to its own component, and it dies out with size: the share of n single questions strays
// by sqrt(.24 / n), which is under a half of TOLERANCE from 100 on.
import type { Finding } from './finding.ts';
import { acceptedIds, type Question, type Split } from './question.ts';
import { relatedQuestions, sideHash } from './relatedQuestions.ts';
import { splitByWordings } from './wordingSplit.ts';

/** How far the share of questions may be from the wanted one before components cross over. */
const TOLERANCE = 0.1;

/**
 * What held-out questions are: questions for `answers` that no training question asks for, or other `wordings` of the answers that
 * are trained on. The first says how well a bot does with what nobody wrote a question for, the second what it does with the trained.
 */
export const HELD_OUT = ['answers', 'wordings'] as const;
export type HeldOut = (typeof HELD_OUT)[number];

export interface SplitOptions {
  /** Default `answers`. */
  heldOut?: HeldOut;
  /** Share of questions to train on, in [0, 1]; 0 and 1 put every free question on one side. */
  trainShare?: number;
  seed?: number;
}

export interface SplitResult {
  /** Side of each question by id; questions without any existing snippet are absent. */
  sides: Map<string, Split>;
  /** `split-leak`: explicit sides that contradict each other within a component. */
  findings: Finding[];
}

/**
 * Sides of all questions that have an answer. An explicit `split` decides for its whole component; where explicit ones disagree each
 * keeps its own, the rest of the component is trained on, and each gets a `split-leak` finding. Otherwise see the head of this file:
 * the share is kept over the questions nobody decided, and from two components on no side is empty.
 */
export function splitQuestions(questions: readonly Question[], options: SplitOptions = {}): SplitResult {
  const { trainShare = 0.6, seed = 0, heldOut = 'answers' } = options;
  if (heldOut === 'wordings') return splitByWordings(questions, trainShare, `wordings ${seed}`);
  const sides = new Map<string, Split>();
  const findings: Finding[] = [];
  const free: Question[][] = [];
  for (const component of relatedQuestions(questions)) {
    const explicit = new Set(component.flatMap((question) => question.split ?? []));
    if (explicit.size === 0) free.push(component);
    const side: Split = explicit.size === 1 && explicit.has('test') ? 'test' : 'train';
    if (explicit.size > 0) for (const question of component) sides.set(question.id, question.split ?? side);
    if (explicit.size > 1) findings.push(...leaks(component));
  }
  const taken = new Set(sides.values());
  const trained = drawSides(free, trainShare, `split ${seed}`, taken.has('train'), taken.has('test'));
  free.forEach((component, i) => {
    for (const question of component) sides.set(question.id, trained[i] ? 'train' : 'test');
  });
  return { sides, findings };
}

/**
 * Splits the training questions once more, `share` of them for early stopping, grouped and hashed the same way (with hashes of its
 * own, since those of the first split are all on the training side). Explicit splits have had their say and are ignored. With `wordings`
 * as far as answers have several training questions, else by answers.
 */
export function developmentSplit(
  trainQuestions: readonly Question[],
  options: { share?: number; seed?: number; heldOut?: HeldOut } = {},
): Map<string, 'train' | 'development'> {
  const { share = 0.2, seed = 0, heldOut = 'answers' } = options;
  if (heldOut === 'wordings') {
    const unmarked = trainQuestions.map(({ split: _, ...question }) => question);
    const { sides } = splitByWordings(unmarked, 1 - share, `development wordings ${seed}`);
    // Where no answer has two training questions, the development questions are those that ask for other answers.
    if ([...sides.values()].includes('test'))
      return new Map([...sides].map(([id, side]) => [id, side === 'test' ? 'development' : 'train']));
  }
  const components = relatedQuestions(trainQuestions);
  const trained = drawSides(components, 1 - share, `development ${seed}`, false, false);
  const sides = new Map<string, 'train' | 'development'>();
  components.forEach((component, i) => {
    for (const question of component) sides.set(question.id, trained[i] ? 'train' : 'development');
  });
  return sides;
}

/** True for each component that goes to the first side; `share` is of questions, `first` and `second` say which sides others hold already. */
function drawSides(
  components: readonly Question[][],
  share: number,
  salt: string,
  first: boolean,
  second: boolean,
): boolean[] {
  if (!(share >= 0 && share <= 1)) throw new Error(`A split needs a share in [0, 1], got ${share}.`);
  const anchors = components.map((component) => anchor(component, salt));
  const draws = anchors.map((id) => sideHash(`${salt} side ${id}`) / 2 ** 32);
  const sizes = components.map((component) => component.length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const sides = draws.map((draw) => draw < share);
  const nearest = draws.map((_, i) => i);
  nearest.sort(
    (a, b) => Math.abs(draws[a]! - share) - Math.abs(draws[b]! - share) || (anchors[a]! < anchors[b]! ? -1 : 1),
  );

  let count = 0;
  for (let i = 0; i < sides.length; i++) if (sides[i]) count += sizes[i]!;
  const strays = (questions: number) => Math.abs(questions / total - share);
  const after = (i: number) => (sides[i] ? count - sizes[i]! : count + sizes[i]!);
  while (strays(count) > TOLERANCE) {
    const tooMany = count / total > share;
    // Each crossing brings the share strictly nearer, so this ends.
    const crossing = nearest.find((i) => sides[i] === tooMany && strays(after(i)) < strays(count) - 1e-12);
    if (crossing === undefined) break;
    count = after(crossing);
    sides[crossing] = !sides[crossing];
  }

  const lacksFirst = count === 0 && !first;
  const lacksSecond = count === total && !second;
  const spare = components.length > 1 || (lacksFirst ? second : first);
  if (share > 0 && share < 1 && components.length > 0 && lacksFirst !== lacksSecond && spare) {
    const smallest = nearest.reduce((best, i) => (sizes[i]! < sizes[best]! ? i : best));
    sides[smallest] = lacksFirst;
  }
  return sides;
}

/**
 * The snippet id that stands for a component: the one with the smallest hash. A component that gains a snippet (an edited answer, a
 * merge with a neighbour) mostly keeps its anchor and so its side.
 */
function anchor(component: readonly Question[], salt: string): string {
  let best = '';
  let bestHash = Infinity;
  for (const question of component) {
    for (const id of acceptedIds(question)) {
      const value = sideHash(`${salt} anchor ${id}`);
      if (value < bestHash || (value === bestHash && id < best)) {
        best = id;
        bestHash = value;
      }
    }
  }
  return best;
}

/** One finding at each explicit question of a component that has both sides, naming an opposite: one that shares a snippet if any does. */
function leaks(component: readonly Question[]): Finding[] {
  return component
    .filter((question) => question.split)
    .map((question) => {
      const opposites = component.filter((other) => other.split && other.split !== question.split);
      const own = new Set(acceptedIds(question));
      const sharing = opposites.find((other) => acceptedIds(other).some((id) => own.has(id)));
      const other = sharing ?? opposites[0]!;
      const tie = sharing ? 'shares a snippet with' : 'is tied, by shared snippets or nearly the same wording, to';
      return {
        code: 'split-leak',
        severity: 'warning',
        message:
          `This question is marked "${question.split}" but ${tie} "${other.text}" ` +
          `(${other.file}:${other.range.start.line + 1}), marked "${other.split}": what is trained on answers what is held out.`,
        suggestion: 'Give both the same split, or remove it from one of them.',
        file: question.file,
        range: question.range,
      } satisfies Finding;
    });
}
