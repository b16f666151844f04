// A smaller knowledge base out of a large one: whole pages of it, copied, and the questions that they answer.
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What was copied. */
export interface Subset {
  folder: string;
  snippets: number;
  questions: number;
  /** Paths below the folder, in an order that has nothing to do with their names. */
  pages: string[];
}

interface Line {
  question: string;
  answers: string[];
}

/**
 * Copies pages of `from` into the empty folder `to` until they hold `snippets` sections: pages with answers first, so that small sizes
 * have questions, too, then every page of a fixed shuffle. `from` is laid out as make_kb.py does it: second-level headings in Markdown
 * files, standard.questions.jsonl at the top.
 */
export async function copySubset(from: string, to: string, snippets: number): Promise<Subset> {
  const lines = (await readFile(join(from, 'standard.questions.jsonl'), 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map((text) => JSON.parse(text) as Line);
  const answering = new Map<string, number>();
  for (const { answers } of lines)
    for (const answer of answers) {
      const page = answer.slice(0, answer.indexOf('#'));
      answering.set(page, (answering.get(page) ?? 0) + 1);
    }
  const names = (await readdir(from, { recursive: true })).filter((name) => name.endsWith('.md')).sort();
  const shuffled = names.map((name, i) => ({ name, key: (i * 7919) % 10_007 })).sort((a, b) => a.key - b.key);
  const order = shuffled.map(({ name }) => name).sort((a, b) => (answering.get(b) ?? 0) - (answering.get(a) ?? 0));
  const pages: string[] = [];
  let count = 0;
  for (const page of order) {
    if (count >= snippets) break;
    const text = await readFile(join(from, page), 'utf8');
    await mkdir(dirname(join(to, page)), { recursive: true });
    await cp(join(from, page), join(to, page));
    pages.push(page);
    count += text.match(/^## /gm)?.length ?? 0;
  }
  const copied = new Set(pages);
  const kept = lines.filter(({ answers }) =>
    answers.every((answer) => copied.has(answer.slice(0, answer.indexOf('#')))),
  );
  await writeFile(join(to, 'standard.questions.jsonl'), kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return {
    folder: to,
    snippets: count,
    questions: kept.length,
    pages: shuffled.map(({ name }) => name).filter((name) => copied.has(name)),
  };
}

/** Adds a paragraph to the middle section of a page; `mark` makes it differ from any other. */
export function edited(text: string, mark: string): string {
  const lines = text.split('\n');
  lines.splice(lines.length >> 1, 0, '', `Changed in ${mark}: the steps above are the same for shared accounts.`, '');
  return lines.join('\n');
}
