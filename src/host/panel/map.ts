// The engine's map and pairs as the panel shows them: with texts, and with what is known of recall now. Pure, so that tests need no VS Code.
import { decidingRank, isFailing } from '../../core/diagnosis.ts';
import type { QuestionState, SnippetPlace } from '../../core/state.ts';
import type { PanelDuplicates, PanelMap, PanelPlace, PanelPoint } from '../../protocol/panel.ts';
import type { DuplicatesAnswer, MapAnswer } from '../../protocol/workspace.ts';

/** Points of what is still there; the colours follow the last measurement without another layout. */
export function panelMap(
  { questions: asked, snippets: places, total }: MapAnswer,
  questions: ReadonlyMap<string, QuestionState>,
  snippets: ReadonlyMap<string, SnippetPlace>,
): PanelMap {
  const expecting = new Map<string, { questions: number; failing: number }>();
  for (const question of questions.values()) {
    for (const { id } of question.outcome?.expected ?? []) {
      const known = expecting.get(id) ?? { questions: 0, failing: 0 };
      expecting.set(id, known);
      known.questions++;
      if (isFailing(question)) known.failing++;
    }
  }
  const points: PanelPoint[] = [];
  for (const { id, x, y } of places) {
    const snippet = snippets.get(id);
    if (!snippet) continue;
    const counts = expecting.get(id) ?? { questions: 0, failing: 0 };
    const status = counts.questions === 0 ? 'untested' : counts.failing > 0 ? 'missed' : 'recalled';
    const { title, file } = snippet;
    points.push({ kind: 'snippet', id, text: title, file, x, y, status, ...NO_QUESTION, ...counts });
  }
  for (const { id, x, y } of asked) {
    const question = questions.get(id);
    if (question?.outcome) points.push(questionPoint(question, question.outcome, x, y));
  }
  return { points, total };
}

const NO_QUESTION = { rank: null, expected: [], winner: null };

function questionPoint(
  question: QuestionState,
  { expected, beatenBy }: NonNullable<QuestionState['outcome']>,
  x: number,
  y: number,
): PanelPoint {
  const { id, text, file } = question;
  return {
    kind: 'question',
    id,
    text,
    file,
    x,
    y,
    status: isFailing(question) ? 'missed' : 'recalled',
    rank: decidingRank(question) ?? null,
    expected: expected.map((each) => each.id),
    winner: beatenBy[0]?.id ?? null,
    questions: 0,
    failing: 0,
  };
}

/** Pairs of which both are still there. */
export function panelDuplicates(
  { pairs, total }: DuplicatesAnswer,
  snippets: ReadonlyMap<string, SnippetPlace>,
): PanelDuplicates {
  const place = (id: string): PanelPlace | undefined => {
    const snippet = snippets.get(id);
    return snippet && { id, title: snippet.title, file: snippet.file };
  };
  return {
    pairs: pairs.flatMap(({ first: one, second: other, cosine, likeness }) => {
      const [first, second] = [place(one), place(other)];
      return first && second ? [{ first, second, cosine, likeness }] : [];
    }),
    total,
  };
}
