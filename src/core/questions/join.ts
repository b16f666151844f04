// Question rows of all files -> questions that know their snippets; of equal ones the first counts.
import type { Finding } from '../finding.ts';
import type { Answer, Question } from '../question.ts';
import type { Range } from '../range.ts';
import type { ReferenceIndex } from '../references.ts';
import { derivedQuestionId, type QuestionDraft } from './draft.ts';

/** `file:line` as people count. */
export function place(file: string, range: Range): string {
  return `${file}:${range.start.line + 1}`;
}

/** Questions met so far, by normalised text and by id. */
interface SeenQuestions {
  byText: Map<string, QuestionDraft>;
  byId: Map<string, QuestionDraft>;
}

function draftFinding({ file, range }: Question): Finding {
  return {
    code: 'draft-question',
    severity: 'information',
    message: 'This question is a draft: it is neither measured nor trained on.',
    suggestion: 'Reword it as your users would ask and remove "draft" to accept it, or remove the question.',
    file,
    range,
  };
}

/**
 * The questions that count and the author's drafts, answers resolved, each in the order given. What is wrong, and each draft, is added
 * to `findings`.
 */
export function joinQuestions(
  rows: readonly QuestionDraft[],
  index: ReferenceIndex,
  findings: Finding[],
): { questions: Question[]; drafts: Question[] } {
  const seen: SeenQuestions = { byText: new Map(), byId: new Map() };
  const join = (some: readonly QuestionDraft[]): Question[] => resolveQuestions(some, seen, index, findings);
  // Accepted ones first: a draft never takes the place of a question that counts.
  const questions = join(rows.filter(({ unaccepted }) => !unaccepted));
  const drafts = join(rows.filter(({ unaccepted }) => unaccepted));
  findings.push(...drafts.map(draftFinding));
  return { questions, drafts };
}

function resolveQuestions(
  drafts: readonly QuestionDraft[],
  { byText, byId }: SeenQuestions,
  index: ReferenceIndex,
  findings: Finding[],
): Question[] {
  const questions: Question[] = [];
  for (const draft of drafts) {
    const text = normalisedText(draft.text);
    const first = byText.get(text);
    if (first) {
      findings.push({
        code: 'duplicate-question',
        severity: 'warning',
        message: `The same question stands at ${place(first.file, first.range)}; this one does not count.`,
        suggestion: 'Remove one of them; put the answers of both into the other.',
        file: draft.file,
        range: draft.range,
      });
      continue;
    }
    byText.set(text, draft);
    const id = uniqueId(draft, byId, findings);
    byId.set(id, draft);
    const { variants, split, tags, file, range } = draft;
    const answers = resolveAnswers(draft, index, findings);
    questions.push({ id, text: draft.text, variants, answers, ...(split && { split }), tags, file, range });
  }
  return questions;
}

/** What two wordings have in common when they are the same question to a reader. */
function normalisedText(text: string): string {
  const plain = text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ');
  return plain.replace(/^[\s"'“”‘’「」]+|[\s"'“”‘’「」?!.,;:。、…~]+$/g, '') || plain;
}

function uniqueId(draft: QuestionDraft, taken: Map<string, QuestionDraft>, findings: Finding[]): string {
  const owner = taken.get(draft.id);
  if (!owner) return draft.id;
  const derived = derivedQuestionId(draft.file, draft.text);
  if (draft.idRange) {
    findings.push({
      code: 'duplicate-question-id',
      severity: 'error',
      message: `The id "${draft.id}" already belongs to the question at ${place(owner.file, owner.range)}.`,
      suggestion: `Choose another id, or remove it; until then the question is called ${derived}.`,
      file: draft.file,
      range: draft.idRange,
    });
  }
  let id = derived;
  for (let count = 1; taken.has(id); count++) id = `${derived}-${count}`;
  return id;
}

function resolveAnswers(draft: QuestionDraft, index: ReferenceIndex, findings: Finding[]): Answer[] {
  const answers: Answer[] = [];
  const seen = new Set<string>();
  for (const answer of draft.answers) {
    const { reference, range, group } = answer;
    const found = index.resolve(reference, draft.file);
    const snippetIds = found.kind === 'found' ? found.snippetIds : [];
    // A snippet may well be one of several alternatives and wanted for itself as well.
    const same = JSON.stringify([group, ...snippetIds]);
    if (found.kind !== 'found') {
      const why = whyUnknown(reference, draft.file, found, index);
      findings.push({ code: 'unknown-answer', severity: 'error', ...why, file: draft.file, range });
    } else if (seen.has(same)) {
      const message = `"${reference}" names the same snippet as an answer before it.`;
      const suggestion = 'Remove one of the two.';
      findings.push({
        code: 'duplicate-answer',
        severity: 'information',
        message,
        suggestion,
        file: draft.file,
        range,
      });
      continue;
    }
    seen.add(same);
    answers.push({ ...answer, snippetIds: [...snippetIds] });
  }
  const good = answers.filter(({ snippetIds }) => snippetIds.length > 0);
  if (good.length > 0) return good;
  findings.push({
    code: 'question-without-answer',
    severity: 'warning',
    message: 'None of the answers of this question exists, so its recall cannot be measured.',
    suggestion: 'Correct the answers, or write the section that is missing.',
    file: draft.file,
    range: draft.range,
  });
  return answers;
}

function whyUnknown(
  reference: string,
  file: string,
  found: Exclude<ReturnType<ReferenceIndex['resolve']>, { kind: 'found' }>,
  index: ReferenceIndex,
): Pick<Finding, 'message' | 'suggestion' | 'replacement'> {
  if (found.kind === 'empty-file') {
    return {
      message: `"${reference}" is a file without text.`,
      suggestion: 'Write its text, or name another snippet.',
    };
  }
  if (found.kind === 'empty-section') {
    const message = `"${reference}" is a heading without text of its own.`;
    const suggestion = found.next
      ? `Name a section below it, for example "${found.next}".`
      : 'Write its text, or name another section.';
    return { message, suggestion, ...(found.next && { replacement: found.next }) };
  }
  const nearest = index.nearest(reference, file);
  const suggestion = nearest
    ? `Did you mean "${nearest}"?`
    : 'Name a section as path/to/file.md#heading-in-lower-case.';
  const message = `"${reference}" names no snippet of this knowledge base.`;
  return { message, suggestion, ...(nearest && { replacement: nearest }) };
}
