// Front matter: the YAML between `---` lines at the very beginning of a Markdown file.
import type { SourceDocument } from '../document.ts';
import type { Finding } from '../finding.ts';
import { LineIndex } from '../lines.ts';
import { fieldOf, type Located } from '../located.ts';
import type { Range } from '../range.ts';
import { readYaml } from '../yaml.ts';

/** Front matter as read: its values, and where the Markdown begins. */
export interface FrontMatter {
  /** Undefined where there is none, or nothing readable in it. */
  value: Located | undefined;
  /** Offset of the first character after the front matter; 0 where there is none. */
  bodyStart: number;
  findings: Finding[];
}

/** Reads the front matter; YAML mistakes are findings and cost only the key they stand in. */
export function readFrontMatter(document: SourceDocument, lines?: LineIndex): FrontMatter {
  const { text, file } = document;
  const match = /^(---[ \t]*(?:\r\n|\n|\r))([\s\S]*?)(?<=\r|\n)---[ \t]*(?:\r\n|\n|\r|$)/.exec(text);
  if (!match) return { value: undefined, bodyStart: 0, findings: [] };
  const [all, opening, yaml] = match as unknown as [string, string, string];
  const result = readYaml(yaml, opening.length);
  const index = result.problems.length > 0 ? (lines ?? new LineIndex(text)) : undefined;
  const findings = result.problems.map(
    (problem): Finding => ({
      code: 'bad-front-matter',
      severity: 'error',
      message: `The front matter is not valid YAML: ${problem.message}`,
      suggestion: 'Correct this entry; until then it is left out, and the rest of the file counts.',
      file,
      range: (index as LineIndex).range(problem.start, problem.end),
    }),
  );
  return { value: result.values.find((value) => value.kind === 'map'), bodyStart: all.length, findings };
}

/** The name that front matter `id:` gives to the file's first snippet. */
export interface FrontMatterId {
  id: string;
  range: Range;
}

/** Reads `id:`; anything but a non-empty text or a number is a finding. */
export function frontMatterId(
  frontMatter: FrontMatter,
  file: string,
  lines: LineIndex,
): { name?: FrontMatterId; findings: Finding[] } {
  const field = frontMatter.value && fieldOf(frontMatter.value, 'id');
  if (!field) return { findings: [] };
  const { value } = field;
  const range = lines.range(value.start, value.end);
  const id = value.kind === 'scalar' && typeof value.value !== 'boolean' ? String(value.value ?? '').trim() : '';
  if (id !== '') return { name: { id, range }, findings: [] };
  return {
    findings: [
      {
        code: 'bad-front-matter-id',
        severity: 'warning',
        message: 'The front matter `id` is expected to be a name; it is empty or not a text.',
        suggestion: 'Write a name, for example `id: refund-policy`, or remove the line.',
        file,
        range,
      },
    ],
  };
}
