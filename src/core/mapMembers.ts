// Which questions and snippets a map of the knowledge base draws: more points than a screen can tell apart say nothing.
import { seededRandom } from './random.ts';
import type { QuestionState } from './state.ts';

/** Ids of what is drawn, both in the order given. */
export interface MapMembers {
  questions: string[];
  snippets: string[];
}

/**
 * Every measured question with its answers and its winner (the snippet that stands first in place of an answer), then a sample of the
 * other snippets, `most` points in all. Where the questions alone do not fit, a sample of them. The same seed draws the same.
 */
export function mapMembers(
  questions: readonly Pick<QuestionState, 'id' | 'outcome'>[],
  snippetIds: readonly string[],
  most: number,
  seed: number,
): MapMembers {
  const random = seededRandom(seed);
  const known = new Set(snippetIds);
  const drawnQuestions = new Set<string>();
  const drawn = new Set<string>();
  const measured = questions.filter(({ outcome }) => outcome !== undefined);
  for (const { id, outcome } of random.shuffle([...measured])) {
    const around = [...outcome!.expected, ...outcome!.beatenBy.slice(0, 1)].map((each) => each.id);
    const added = new Set(around.filter((each) => known.has(each) && !drawn.has(each)));
    if (drawnQuestions.size + drawn.size + 1 + added.size > most) break;
    drawnQuestions.add(id);
    for (const each of added) drawn.add(each);
  }
  const room = most - drawnQuestions.size - drawn.size;
  const others = snippetIds.filter((id) => !drawn.has(id));
  for (const id of random.shuffle(others).slice(0, room)) drawn.add(id);
  return {
    questions: measured.map(({ id }) => id).filter((id) => drawnQuestions.has(id)),
    snippets: snippetIds.filter((id) => drawn.has(id)),
  };
}
