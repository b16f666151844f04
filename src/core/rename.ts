// A section gets another heading: the heading itself, and everything that names its old anchor.
import type { SourceDocument } from './document.ts';
import { editQuestions, type TextEdit } from './edits/index.ts';
import { LineIndex } from './lines.ts';
import type { Answer } from './question.ts';
import { resolvePath } from './references.ts';
import { parseSnippets } from './snippets.ts';

/** Edits of one file. */
export interface FileEdits {
  file: string;
  edits: TextEdit[];
}

/** An answer and the file it is written in. */
export interface PlacedAnswer {
  file: string;
  answer: Pick<Answer, 'reference' | 'range' | 'snippetIds'>;
}

/**
 * The edits that give the section with this id the heading `title`: in its own file, in answers that name it by its anchor, and in
 * links of other pages. Names given by front matter stay. Undefined for a section without heading.
 */
export function renameSection(
  snippetId: string,
  title: string,
  documents: ReadonlyMap<string, SourceDocument>,
  file: string,
  answers: readonly PlacedAnswer[],
): FileEdits[] | undefined {
  const page = documents.get(file);
  const text = title.replace(/\s+/g, ' ').trim();
  if (!page || text === '') return undefined;
  const before = parseSnippets(page);
  const snippet = before.snippets.find(({ id }) => id === snippetId) ?? named(before, snippetId);
  const heading = snippet && headingEdit(page.text, snippet.headingRange, text);
  if (!heading) return undefined;
  const after = parseSnippets({ file, text: applied(page.text, heading) });
  // Numbers that tell equal headings apart move as well.
  const moved = new Map<string, string>();
  before.anchors.forEach(({ id }, i) => {
    const now = after.anchors[i]?.id;
    if (now !== undefined && now !== id) moved.set(id, now);
  });
  const edits = new Map<string, TextEdit[]>([[file, [heading]]]);
  const add = (where: string, more: readonly TextEdit[] | undefined): void => {
    if (more && more.length > 0) edits.set(where, [...(edits.get(where) ?? []), ...more]);
  };
  for (const { file: from, answer } of answers) {
    const document = documents.get(from);
    const written = movedReference(answer.reference, from, file, moved);
    if (document && written !== undefined)
      add(from, editQuestions(document, { kind: 'replace', range: answer.range, text: written }));
  }
  for (const document of documents.values())
    if (/\.md$/i.test(document.file)) add(document.file, linkEdits(document, file, moved));
  return [...edits].map(([name, list]) => ({ file: name, edits: list }));
}

/** The first section may carry the name that front matter gives. */
function named({ snippets, name }: ReturnType<typeof parseSnippets>, id: string) {
  return name?.id === id ? snippets[0] : undefined;
}

/** The words of a heading, without the marks around them. */
function headingEdit(
  text: string,
  range: { start: TextEdit['range']['start']; end: TextEdit['range']['end'] },
  title: string,
): TextEdit | undefined {
  const lines = new LineIndex(text);
  const start = lines.offset(range.start);
  const source = text.slice(start, lines.offset(range.end));
  const atx = /^(\s{0,3}#{1,6}[ \t]+)(.*?)((?:[ \t]+#+)?[ \t]*)$/.exec(source);
  if (atx) {
    const from = start + atx[1]!.length;
    return { range: lines.range(from, from + atx[2]!.length), text: title };
  }
  const setext = /^([\s\S]*?)(?:\r\n|\n|\r)[ \t]*(?:=+|-+)[ \t]*$/.exec(source);
  return setext ? { range: lines.range(start, start + setext[1]!.length), text: title } : undefined;
}

function applied(text: string, { range, text: insert }: TextEdit): string {
  const lines = new LineIndex(text);
  return text.slice(0, lines.offset(range.start)) + insert + text.slice(lines.offset(range.end));
}

/** The reference with its new anchor; undefined where it names something else, or the whole file. */
function movedReference(
  reference: string,
  from: string,
  file: string,
  moved: ReadonlyMap<string, string>,
): string | undefined {
  const hash = reference.indexOf('#');
  if (hash < 0) return undefined;
  const path = reference.slice(0, hash);
  if (!resolvePath(path, from).includes(file)) return undefined;
  const slug = decoded(reference.slice(hash + 1));
  const now = moved.get(`${file}#${slug}`);
  return now === undefined ? undefined : path + now.slice(file.length);
}

const LINK = /\]\(\s*<?([^)\s>#]*)#([^)\s>]+)>?/g;

/** Links to moved anchors. Titles and text of the links stay. */
function linkEdits({ file: from, text }: SourceDocument, file: string, moved: ReadonlyMap<string, string>): TextEdit[] {
  if (!text.includes('](')) return [];
  const edits: TextEdit[] = [];
  let lines: LineIndex | undefined;
  for (const match of text.matchAll(LINK)) {
    const [, path = '', slug = ''] = match;
    const now = moved.get(`${file}#${decoded(slug)}`);
    if (now === undefined || !resolvePath(path, from).includes(file)) continue;
    lines ??= new LineIndex(text);
    const start = match.index + match[0].lastIndexOf(`#${slug}`) + 1;
    edits.push({ range: lines.range(start, start + slug.length), text: now.slice(file.length + 1) });
  }
  return edits;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A bare % that encodes nothing.
    return text;
  }
}
