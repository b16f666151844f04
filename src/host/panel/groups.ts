// Recall by file, tag and language, and what the questions leave untested. Pure: told apart from VS Code, so that tests need none.
import type { QuestionState, SnippetPlace } from '../../core/state.ts';
import type { PanelCoverage, PanelGroup } from '../../protocol/panel.ts';

/** Of each kind of group; a knowledge base of a thousand files needs no thousand bars. */
const MOST_GROUPS = 50;
const MOST_SNIPPETS = 200;
/** Wrong wins from which a snippet stands out. */
const HUB_WINS = 3;

/** Measured questions by file, tag and language, the lowest recall first. */
export function panelGroups(questions: Iterable<QuestionState>): PanelGroup[] {
  const groups = new Map<string, PanelGroup & { sum: number; heldOutSum: number }>();
  const add = (kind: PanelGroup['kind'], name: string, { outcome, split }: QuestionState): void => {
    const key = `${kind}\n${name}`;
    const group = groups.get(key) ?? {
      kind,
      name,
      questions: 0,
      recall: 0,
      heldOut: 0,
      heldOutRecall: null,
      sum: 0,
      heldOutSum: 0,
    };
    groups.set(key, group);
    const recall = outcome!.recall;
    group.questions++;
    group.sum += recall;
    group.recall = group.sum / group.questions;
    if (split !== 'test') return;
    group.heldOut++;
    group.heldOutSum += recall;
    group.heldOutRecall = group.heldOutSum / group.heldOut;
  };
  for (const question of questions) {
    if (!question.outcome || question.split === undefined) continue;
    add('file', question.file, question);
    add('language', languageOf(question.text), question);
    for (const tag of new Set(question.tags)) add('tag', tag, question);
  }
  const sorted = [...groups.values()].sort((a, b) => a.recall - b.recall || b.questions - a.questions);
  return (['file', 'tag', 'language'] as const).flatMap((kind) =>
    sorted
      .filter((group) => group.kind === kind)
      .slice(0, MOST_GROUPS)
      .map(({ sum: _, heldOutSum: __, ...group }) => group),
  );
}

/** By script: what a question is written in is seen, not guessed. */
function languageOf(text: string): 'zh' | 'other' {
  return /\p{sc=Han}/u.test(text) ? 'zh' : 'other';
}

/** Snippets that no question names as an answer, and those that stand first for questions that they do not answer. */
export function panelCoverage(
  questions: Iterable<QuestionState>,
  snippets: ReadonlyMap<string, SnippetPlace>,
): PanelCoverage {
  const tested = new Set<string>();
  const wins = new Map<string, number>();
  for (const { answers, outcome } of questions) {
    for (const { snippetIds } of answers) for (const id of snippetIds) tested.add(id);
    const first = outcome?.top[0]?.id;
    const isRight = outcome?.expected.some(({ id }) => id === first);
    if (first !== undefined && !isRight) wins.set(first, (wins.get(first) ?? 0) + 1);
  }
  const untested = [...snippets.values()].filter(({ id }) => !tested.has(id));
  const place = ({ id, title, file }: SnippetPlace) => ({ id, title, file });
  return {
    untestedCount: untested.length,
    untested: untested
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, MOST_SNIPPETS)
      .map(place),
    hubs: [...wins]
      .filter(([id, count]) => count >= HUB_WINS && snippets.has(id))
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, MOST_SNIPPETS)
      .map(([id, count]) => ({ ...place(snippets.get(id)!), wins: count })),
  };
}
