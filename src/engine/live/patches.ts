// What the host already knows of an open knowledge base, and the patches that bring it up to date.
import type { Finding } from '../../core/finding.ts';
import { pushTo } from '../../core/multimap.ts';
import type { Snippet } from '../../core/snippet.ts';
import type { Outcome, QuestionState, SnippetPlace } from '../../core/state.ts';
import { changedStretch } from '../../core/stretch.ts';
import type { Figures, StatePatch } from '../../protocol/workspace.ts';

/** Items of one message: reading a message must not hold up the extension host. */
const SNIPPETS = 400;
const QUESTIONS = 80;

export class PatchWriter {
  #snippets: readonly Snippet[] = [];
  readonly #questions = new Map<string, string>();
  readonly #findings = new Map<string, string>();

  constructor(
    private readonly workspace: string,
    private readonly emit: (patch: StatePatch) => void,
  ) {}

  /** Begins anew on both sides. */
  reset(): void {
    this.#snippets = [];
    this.#questions.clear();
    this.#findings.clear();
    this.emit({ workspace: this.workspace, reset: true });
  }

  /** Ids are unique; snippets of an unchanged file are the same objects. */
  snippets(snippets: readonly Snippet[]): void {
    const changed: SnippetPlace[] = [];
    const { start, endBefore, endAfter } = changedStretch(this.#snippets, snippets);
    const before = new Map(this.#snippets.slice(start, endBefore).map((snippet) => [snippet.id, snippet]));
    for (const snippet of snippets.slice(start, endAfter)) {
      const known = before.get(snippet.id);
      before.delete(snippet.id);
      if (known === snippet) continue;
      const { id, file, title, headingPath: path, range, headingRange } = snippet;
      changed.push({ id, file, title, path, range, headingRange });
    }
    this.#snippets = snippets;
    const removedSnippets = [...before.keys()];
    if (removedSnippets.length > 0) this.#send({ removedSnippets });
    for (const part of parts(changed, SNIPPETS)) this.#send({ snippets: part });
  }

  questions(questions: readonly QuestionState[]): void {
    const changed: QuestionState[] = [];
    const present = new Set<string>();
    for (const question of questions) {
      present.add(question.id);
      const signature = signatureOf(question);
      if (this.#questions.get(question.id) === signature) continue;
      this.#questions.set(question.id, signature);
      changed.push(question);
    }
    const removedQuestions = gone(this.#questions, present);
    if (removedQuestions.length > 0) this.#send({ removedQuestions });
    for (const part of parts(changed, QUESTIONS)) this.#send({ questions: part });
  }

  findings(findings: readonly Finding[]): void {
    const byFile = new Map<string, Finding[]>();
    for (const finding of findings) pushTo(byFile, finding.file, finding);
    const changed: { file: string; findings: Finding[] }[] = [];
    for (const [file, list] of byFile) {
      const signature = JSON.stringify(list);
      if (this.#findings.get(file) === signature) continue;
      this.#findings.set(file, signature);
      changed.push({ file, findings: list });
    }
    for (const file of gone(this.#findings, new Set(byFile.keys()))) changed.push({ file, findings: [] });
    for (const part of parts(changed, QUESTIONS)) this.#send({ findings: part });
  }

  figures(figures: Figures): void {
    this.#send({ figures });
  }

  #send(patch: Omit<StatePatch, 'workspace'>): void {
    this.emit({ workspace: this.workspace, ...patch });
  }
}

/** Scores to four places: the last bits differ from run to run and mean nothing to a reader. */
function signatureOf({ outcome, ...question }: QuestionState): string {
  return JSON.stringify([question, outcome && rounded(outcome)]);
}

function rounded({ answerRanks, expected, top, recall, beatenBy }: Outcome): unknown {
  const round = (score: number): number => Math.round(score * 1e4);
  return [
    answerRanks,
    recall,
    expected.map(({ id, rank, score }) => [id, rank, round(score)]),
    top.map(({ id, score }) => [id, round(score)]),
    beatenBy.map(({ id }) => id),
  ];
}

/** Removes and returns the keys that are no longer present. */
function gone<V>(known: Map<string, V>, present: ReadonlySet<string>): string[] {
  const keys = [...known.keys()].filter((key) => !present.has(key));
  for (const key of keys) known.delete(key);
  return keys;
}

function* parts<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
