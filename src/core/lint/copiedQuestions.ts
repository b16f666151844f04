// Lint rule: a question in the words of its answer is found by any search, and says nothing about how users will fare.
import { keptWith } from '../keptWith.ts';
import type { Question } from '../question.ts';
import { shinglesOf, unitsOf } from '../shingles.ts';
import { sharedItems } from '../similarityJoin.ts';
import type { Snippet } from '../snippet.ts';
import { quoted, type Remark } from './remark.ts';

/** Share of the question that stands in the answer as one run, or in runs of {@link SHINGLE} units. */
const MUCH = 0.65;
const SHINGLE = 3;
/** Shorter runs ("how do I get") stand anywhere. */
const LEAST_RUN = 5;
/** Snippets looked at for one question: a whole file as answer may have hundreds. */
const MOST_SNIPPETS = 50;

const unitsOfSnippet = keptWith((snippet: Snippet) => unitsOf(snippet.text));

/** One remark for each question that one of its answers has nearly word for word. */
export function copiedQuestionRemarks(
  questions: readonly Question[],
  snippets: ReadonlyMap<string, Snippet>,
): Remark[] {
  return questions.flatMap((question): Remark[] => {
    const asked = unitsOf(question.text);
    const ids = question.answers.flatMap(({ snippetIds }) => snippetIds).slice(0, MOST_SNIPPETS);
    for (const id of ids) {
      const snippet = snippets.get(id);
      const copied = snippet && copiedPart(asked, unitsOfSnippet(snippet));
      if (copied) return [remarkOn(question, id, copied, asked)];
    }
    return [];
  });
}

function remarkOn(
  { id: question }: Question,
  snippetId: string,
  copied: readonly string[],
  asked: readonly string[],
): Remark {
  const isHan = /\p{Script=Han}/u.test(asked.join(''));
  return {
    code: 'copied-question',
    severity: 'information',
    message: `This question has ${quoted(copied.join(isHan ? '' : ' '))} word for word from its answer ${snippetId}: it is easy to find and flatters recall.`,
    suggestion: 'Ask it in the words of your users, who have not read the answer.',
    at: { question },
  };
}

/** The longest run of the question's units in the answer, where that run or all runs together are most of the question. */
function copiedPart(asked: readonly string[], answer: readonly string[]): string[] | undefined {
  const { start, length } = longestRun(asked, answer);
  if (length < LEAST_RUN) return undefined;
  const runs = shinglesOf(asked, SHINGLE);
  const shared = sharedItems(runs, shinglesOf(answer, SHINGLE)) / runs.length;
  return length >= MUCH * asked.length || shared >= MUCH ? asked.slice(start, start + length) : undefined;
}

/** Longest common substring of two lists of units, by its place in the first (dynamic programming, one row at a time). */
function longestRun(a: readonly string[], b: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let row = new Uint32Array(b.length + 1);
  for (let i = 0; i < a.length; i++) {
    const next = new Uint32Array(b.length + 1);
    for (let j = 0; j < b.length; j++) {
      if (a[i] !== b[j]) continue;
      const length = row[j]! + 1;
      next[j + 1] = length;
      if (length > best.length) best = { start: i - length + 1, length };
    }
    row = next;
  }
  return best;
}
