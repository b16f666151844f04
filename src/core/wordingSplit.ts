// Held-out questions that are other wordings of trained answers: each asks for a snippet that a training question asks for, too.
import type { Finding } from './finding.ts';
import { acceptedIds, type Question, type Split } from './question.ts';
import { alikeWordings, relatedQuestions, sideHash } from './relatedQuestions.ts';

/**
 * Sides of all questions that have an answer, nearly the same wordings always together. Of the questions that share snippets about
 * 1 - `trainShare` are held out, drawn by hashes salted with `salt`, as long as every held-out question keeps a snippet that a training
 * question asks for; a question that nobody else asks for the answer of is trained on. An explicit `split` decides for its question and
 * what is worded nearly alike. A finding (`no-other-wordings`) where nothing can be held out.
 */
export function splitByWordings(
  questions: readonly Question[],
  trainShare: number,
  salt: string,
): { sides: Map<string, Split>; findings: Finding[] } {
  const sides = new Map<string, Split>();
  for (const component of relatedQuestions(questions)) {
    const units = alikeWordings(component);
    const cover = new Map<string, number>();
    const count = (unit: readonly Question[], by: number): void => {
      for (const id of unit.flatMap(acceptedIds)) cover.set(id, (cover.get(id) ?? 0) + by);
    };
    const heldOut: Question[] = [];
    const free: Question[][] = [];
    for (const unit of units) {
      const explicit = new Set(unit.flatMap(({ split }) => split ?? []));
      if (explicit.size === 0) free.push(unit);
      const side: Split = explicit.size === 1 && explicit.has('test') ? 'test' : 'train';
      for (const question of unit) sides.set(question.id, question.split ?? side);
      if (explicit.size === 0 || side === 'train') count(unit, 1);
    }
    const total = free.reduce((sum, unit) => sum + unit.length, 0);
    const wanted = Math.max(Math.round(total * (1 - trainShare)), total > 1 && trainShare < 1 ? 1 : 0);
    const drawn = free
      .map((unit) => ({ unit, draw: Math.min(...unit.map(({ id }) => sideHash(`${salt} ${id}`))) }))
      .sort((a, b) => a.draw - b.draw || (a.unit[0]!.id < b.unit[0]!.id ? -1 : 1));
    for (const { unit } of drawn) {
      if (heldOut.length + unit.length > wanted) continue;
      count(unit, -1);
      const isTrained = (question: Question): boolean => acceptedIds(question).some((id) => cover.get(id)! > 0);
      if ([...heldOut, ...unit].every(isTrained)) heldOut.push(...unit);
      else count(unit, 1);
    }
    for (const { id } of heldOut) sides.set(id, 'test');
  }
  return { sides, findings: [...sides.values()].includes('test') ? [] : nothingHeldOut(questions, trainShare) };
}

function nothingHeldOut(questions: readonly Question[], trainShare: number): Finding[] {
  const [first] = questions;
  if (!first || trainShare >= 1) return [];
  return [
    {
      code: 'no-other-wordings',
      severity: 'warning',
      message:
        'Held-out questions are to be other wordings of trained answers, but no snippet is the answer of two questions, so none is held out.',
      suggestion: 'Add a second question, worded differently, for some snippets; or hold out answers.',
      file: first.file,
      range: first.range,
    },
  ];
}
