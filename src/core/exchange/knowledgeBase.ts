// Between a knowledge base of ours and the dataset that formats exchange.
import type { Corpus } from '../corpus.ts';
import type { SourceDocument } from '../document.ts';
import { jsonlRow } from '../edits/jsonl.ts';
import { blanksAside } from '../markdown/write.ts';
import { pushTo } from '../multimap.ts';
import { answerSnippets, gradesOf } from '../question.ts';
import type { Dataset, ExchangeQuestion, Passage } from './dataset.ts';
import { passageText } from './dataset.ts';
import { SnippetFiles } from './snippetFiles.ts';

/** All snippets as passages, and the questions that have an answer; `warnings` tells of those that have none. */
export function datasetOf({ snippets, questions }: Pick<Corpus, 'snippets' | 'questions'>): {
  dataset: Dataset;
  warnings: string[];
} {
  const passages = snippets.map(
    ({ id, headingPath, body }): Passage => ({ id, title: headingPath.join(' > '), text: body }),
  );
  const written: ExchangeQuestion[] = [];
  for (const { id, text, answers, variants, split, tags } of questions) {
    const grades = gradesOf(answers);
    const found = answerSnippets(answers).flatMap((ids, i) =>
      ids.length === 0 ? [] : { passages: ids, ...(grades && grades[i]! > 1 && { relevance: grades[i]! }) },
    );
    if (found.length > 0) written.push({ id, text, answers: found, variants, ...(split && { split }), tags });
  }
  const left = questions.length - written.length;
  const warnings =
    left > 0 ? [`${left} questions are not written: none of their answers exists (see the findings).`] : [];
  return { dataset: { questions: written, passages }, warnings };
}

/** What importing gives. */
export interface Imported {
  /** The question file's text. */
  questions: string;
  /** Passages as Markdown, paths below the question file's folder. */
  snippets: SourceDocument[];
  /** Passages found among the snippets of the knowledge base. */
  matched: number;
  warnings: string[];
}

/**
 * A dataset as a question file and Markdown files. Passages that the knowledge base has, by id or by text, are named as it names them;
 * the others become files in `folder`. `file` is the question file's path in the knowledge base, from which answers are written.
 */
export function importDataset(dataset: Dataset, file: string, folder: string, kb?: Corpus): Imported {
  const files = new SnippetFiles(folder);
  const known = kb && new KnownSnippets(kb, file);
  const references = new Map<string, string>();
  let matched = 0;
  for (const passage of dataset.passages) {
    const own = known?.find(passage);
    if (own !== undefined) matched++;
    references.set(passage.id, own ?? files.add(passage));
  }
  const warnings: string[] = [];
  const unknown = new Set<string>();
  const reference = (id: string): string => {
    const found = references.get(id) ?? known?.named(id);
    if (found === undefined) unknown.add(id);
    return found ?? id;
  };
  const lines = dataset.questions.map(({ id, text, answers, variants, split, tags }) => {
    const written = answers.flatMap(({ passages, relevance }, group) =>
      passages.map((passage) => ({ reference: reference(passage), group, ...(relevance && { relevance }) })),
    );
    return `${jsonlRow({ text, answers: written, variants, split, ...(id !== undefined && { id }), tags })}\n`;
  });
  if (unknown.size > 0 && kb) warnings.push(told(unknown.size, 'no snippet of the knowledge base', [...unknown][0]!));
  if (unknown.size > 0 && !kb) warnings.push(told(unknown.size, 'no text in the file', [...unknown][0]!));
  const unanswered = dataset.questions.filter(({ answers }) => answers.length === 0).length;
  if (unanswered > 0)
    warnings.push(
      `${unanswered} questions have no answer; the question file has them with an empty list, which is a finding.`,
    );
  if (kb && files.documents.length > 0)
    warnings.push(`${files.documents.length} passages are the text of no snippet; they were written as Markdown.`);
  return { questions: lines.join(''), snippets: files.documents, matched, warnings };
}

function told(count: number, what: string, example: string): string {
  return `${count} answers have ${what}, for example ${JSON.stringify(example)}; they stand in the question file as they came.`;
}

/** The snippets of a knowledge base by id and by text. */
class KnownSnippets {
  /** Several snippets may say the same. */
  readonly #byText = new Map<string, string[]>();

  constructor(
    private readonly kb: Corpus,
    private readonly file: string,
  ) {
    for (const { id, text, body, headingPath } of kb.snippets)
      for (const form of new Set([text, body, `${headingPath.join(' > ')}\n${body}`].map(blanksAside)))
        pushTo(this.#byText, form, id);
  }

  /** How the question file names the snippet of an id; undefined where the knowledge base has none. */
  named(id: string): string | undefined {
    const found = this.kb.references.resolve(id, this.file);
    if (found.kind !== 'found') return undefined;
    const [own, ...more] = found.snippetIds;
    return more.length > 0 ? id : this.kb.references.write(own!, this.file);
  }

  /** By id where its text agrees or nothing has the text, else by text. */
  find(passage: Passage): string | undefined {
    const alike = this.#withText(passageText(passage)) ?? this.#withText(passage.text) ?? [];
    const own = this.kb.references.resolve(passage.id, this.file);
    const agrees = own.kind === 'found' && own.snippetIds.length === 1 && alike.includes(own.snippetIds[0]!);
    const [first] = alike;
    return agrees || first === undefined ? this.named(passage.id) : this.kb.references.write(first, this.file);
  }

  #withText(text: string): string[] | undefined {
    return this.#byText.get(blanksAside(text));
  }
}
