// YAML text -> located values. The only importer of the yaml package.
import { type Document, isAlias, isMap, isScalar, isSeq, parseAllDocuments, type Scalar } from 'yaml';
import type { Located, LocatedField, Span, SyntaxProblem } from './located.ts';

/** What a YAML text holds: one value per document, and the places that are not YAML. */
export interface YamlResult {
  values: Located[];
  problems: SyntaxProblem[];
}

/**
 * Reads YAML that stands at `base` in its file. Where it has a mistake, each top-level entry (item or key) is read by
 * itself, so that one bad entry costs no other.
 */
export function readYaml(text: string, base = 0): YamlResult {
  const whole = parse(text, base);
  if (whole.problems.length === 0) return whole;
  const entries = topLevelEntries(text);
  if (entries.length < 2) return { values: [], problems: whole.problems.slice(0, 1) };
  const values: Located[] = [];
  const problems: SyntaxProblem[] = [];
  for (const { start, end } of entries) {
    const entry = parse(text.slice(start, end), base + start);
    if (entry.problems.length > 0) problems.push(...entry.problems.slice(0, 1));
    else values.push(...entry.values);
  }
  // A mistake between entries (a key written twice) shows only in the whole.
  return { values: joined(values), problems: problems.length > 0 ? problems : whole.problems };
}

function parse(text: string, base: number): YamlResult {
  try {
    return parseStrictly(text, base);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { values: [], problems: [{ message: 'It is nested too deeply.', start: base, end: base + text.length }] };
  }
}

function parseStrictly(text: string, base: number): YamlResult {
  const documents = parseAllDocuments(text, { prettyErrors: false, logLevel: 'silent' });
  const values: Located[] = [];
  const problems: SyntaxProblem[] = [];
  // The package returns an empty stream object, not a list, for a text without documents.
  for (const document of Array.isArray(documents) ? (documents as Document.Parsed[]) : []) {
    for (const error of document.errors) {
      problems.push({ message: error.message, ...problemSpan(error.pos, text, base) });
    }
    const value = locate(document.contents, document, text, base, new Map());
    if (value && !(value.kind === 'scalar' && value.value === null)) values.push(value);
  }
  return { values, problems };
}

/** What is never closed is noticed only at the end; the author looks for it where the entry begins. */
function problemSpan([start, end]: [number, number], text: string, base: number): Span {
  if (start < text.trimEnd().length) return { start: base + start, end: base + end };
  const first = text.search(/\S/);
  return { start: base + Math.max(0, first), end: base + (/.*\S/.exec(text)?.[0].length ?? 0) };
}

/** Lists of single items become one list, maps of single keys one map. */
function joined(values: Located[]): Located[] {
  const [first] = values;
  const last = values.at(-1);
  if (!first || !last) return [];
  const span = { start: first.start, end: last.end };
  if (values.every((value) => value.kind === 'list')) {
    return [{ kind: 'list', items: values.flatMap((value) => value.items), ...span }];
  }
  if (values.every((value) => value.kind === 'map')) {
    return [{ kind: 'map', fields: values.flatMap((value) => value.fields), ...span }];
  }
  return values;
}

function topLevelEntries(text: string): Span[] {
  const isList = /^(?!#|---|%|\s)./m.exec(text)?.[0] === '-';
  // In a map, `- item` in the first column belongs to the key above it.
  const starts = [...text.matchAll(isList ? /^-(?=\s|$)/gm : /^(?![-#%\s]).|^-(?=[^\s-])/gm)].map(
    (match) => match.index,
  );
  return starts.map((start, index) => ({ start, end: starts[index + 1] ?? text.length }));
}

/** `seen` keeps shared (aliased) nodes shared, so that nested aliases cannot grow without bound. */
function locate(
  node: unknown,
  document: Document,
  text: string,
  base: number,
  seen: Map<unknown, Located>,
): Located | undefined {
  const known = seen.get(node);
  if (known) return known;
  if (isAlias(node)) return locate(node.resolve(document), document, text, base, seen);
  if (isScalar(node)) return { kind: 'scalar', value: scalarValue(node), ...scalarSpan(node, text, base) };
  if (isSeq(node)) {
    const items: Located[] = [];
    const list: Located = { kind: 'list', items, ...spanOf(node, base) };
    seen.set(node, list);
    for (const item of node.items) {
      items.push(locate(item, document, text, base, seen) ?? { kind: 'scalar', value: null, ...spanOf(item, base) });
    }
    return list;
  }
  if (isMap(node)) {
    const fields: LocatedField[] = [];
    const map: Located = { kind: 'map', fields, ...spanOf(node, base) };
    seen.set(node, map);
    for (const pair of node.items) {
      const keySpan = spanOf(pair.key, base);
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      const empty: Located = { kind: 'scalar', value: null, ...keySpan };
      fields.push({ key, keySpan, value: locate(pair.value, document, text, base, seen) ?? empty });
    }
    return map;
  }
  return undefined;
}

function scalarValue(node: Scalar): string | number | boolean | null {
  const { value } = node;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? null : String(value);
}

function spanOf(node: unknown, base: number): Span {
  const range = (node as { range?: [number, number, number] | null } | null)?.range;
  return { start: base + (range?.[0] ?? 0), end: base + (range?.[1] ?? 0) };
}

function scalarSpan(node: Scalar, text: string, base: number): Span {
  const [start, end] = node.range ?? [0, 0];
  if (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE')
    return { start: base + start + 1, end: base + end - 1 };
  if (node.type === 'BLOCK_FOLDED' || node.type === 'BLOCK_LITERAL') {
    // The node begins at its `|` or `>`; the text begins on the next line.
    const header = /^[^\r\n]*(\r\n|\n|\r)[ \t]*/.exec(text.slice(start, end))?.[0].length ?? 0;
    return { start: base + start + header, end: base + start + text.slice(start, end).trimEnd().length };
  }
  return { start: base + start, end: base + end };
}
