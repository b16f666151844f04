// Where the cursor stands in a question file: inside an answer, or not. By the looks of the line, for what is being typed is seldom valid.

/** The part of an answer that is written so far. */
export interface AnswerPrefix {
  /** Column where the answer begins, in UTF-16 code units. */
  start: number;
  written: string;
  /** True where the format needs no quotes or they are open already. */
  quoted: boolean;
}

/**
 * The answer that the cursor stands in; `before` is the text of the line up to the cursor, `above` the lines before it, nearest
 * last. Undefined elsewhere in the file.
 */
export function answerPrefix(file: string, before: string, above: readonly string[]): AnswerPrefix | undefined {
  if (/\.questions\.jsonl$/i.test(file)) return inJson(before);
  if (/\.questions\.csv$/i.test(file)) return inCsv(before, above[0] ?? '');
  return inYaml(before, above);
}

function inJson(before: string): AnswerPrefix | undefined {
  // Alternatives stand in a list of their own inside the list.
  const match = /"answers"\s*:\s*\[(?:[^[\]]|\[[^\]]*\])*?(?:\[[^\]]*?)?("?)([^"\s,[\]{}]*)$/.exec(before);
  if (!match || /"(?:any|answer|relevance)"?$/.test(before)) return undefined;
  // An even number of quotes since the bracket: a new text begins here.
  const list = before.slice(before.lastIndexOf('[') + 1);
  const open = (list.match(/"/g)?.length ?? 0) % 2 === 1;
  const written = open ? list.slice(list.lastIndexOf('"') + 1) : (match[2] ?? '');
  return { start: before.length - written.length, written, quoted: open };
}

function inCsv(before: string, header: string): AnswerPrefix | undefined {
  const column = header
    .toLowerCase()
    .split(',')
    .findIndex((name) => name.trim() === 'answers');
  const cells = before.match(/(?:"(?:[^"]|"")*"?|[^,])*(?:,|$)/g) ?? [];
  const at =
    cells.length > 0 && before.endsWith(',')
      ? cells.length - 1
      : Math.max(0, cells.filter((cell) => cell !== '').length - 1);
  if (column < 0 || at !== column) return undefined;
  const cell = before.slice(cells.slice(0, at).join('').length);
  const written = cell.slice(Math.max(cell.lastIndexOf('|'), cell.lastIndexOf('"')) + 1);
  return { start: before.length - written.length, written, quoted: true };
}

function inYaml(before: string, above: readonly string[]): AnswerPrefix | undefined {
  const flow = /answers\s*:\s*\[(?:[^\]]*,)?\s*(["']?)([^\],"'{[:]*)$/.exec(before);
  if (flow) return prefixOf(before, flow[2] ?? '');
  const braces = /[{\s-](?:any\s*:\s*\[(?:[^\]]*,)?|answer\s*:)\s*["']?([^\],"'}]*)$/.exec(before);
  if (braces && [...above, before].some((line) => /answers["']?\s*:/.test(line)))
    return prefixOf(before, braces[1] ?? '');
  const item = /^(\s*)-\s+["']?([^"']*)$/.exec(before);
  if (!item) return undefined;
  const indent = item[1]!.length;
  for (let i = above.length - 1; i >= 0; i--) {
    const line = above[i]!;
    if (/^\s*(?:#|$)/.test(line)) continue;
    const key = /^(\s*)(?:-\s+)?(["']?)answers\2\s*:\s*(?:#.*)?$/.exec(line);
    if (key) return prefixOf(before, item[2] ?? '');
    const sibling = /^(\s*)-\s/.exec(line);
    if (!sibling || sibling[1]!.length !== indent) return undefined;
  }
  return undefined;
}

function prefixOf(before: string, written: string): AnswerPrefix {
  return { start: before.length - written.length, written, quoted: true };
}
