// Edits of questions in YAML, in a `*.questions.yaml` file or in front matter: lines are added, none is written anew, comments stay.
import { fieldOf, type Located, type LocatedList, type LocatedMap, type LocatedScalar } from '../located.ts';
import { readFrontMatter } from '../markdown/frontMatter.ts';
import type { Split } from '../question.ts';
import { readYaml } from '../yaml.ts';
import { alternativeChanges } from './alternative.ts';
import {
  answerEntries,
  appendLines,
  columnOf,
  type ListKey,
  lineBreakOf,
  lineEnd,
  type NewQuestion,
  type QuestionEditor,
  type TextChange,
  wholeLines,
} from './change.ts';

/** What the files with YAML have in common. */
abstract class YamlBase implements QuestionEditor {
  constructor(protected readonly text: string) {}

  protected abstract list(): LocatedList | undefined;
  abstract append(question: NewQuestion): TextChange[] | undefined;

  addTo(at: number, key: ListKey, value: string): TextChange[] | undefined {
    const row = this.#itemAt(at);
    if (!row) return undefined;
    if (row.kind === 'scalar') return this.#spellOut(row, key, `[${flowText(value)}]`);
    const field = fieldOf(row, key);
    if (!field || (field.value.kind === 'scalar' && field.value.value === null)) {
      if (field) return undefined;
      return this.#addField(row, key, `[${flowText(value)}]`);
    }
    if (field.value.kind !== 'list') return undefined;
    const last = field.value.items.at(-1);
    const { start, end } = field.value;
    if (this.text[start] === '[') {
      if (!last) return [{ start, end, text: `[${flowText(value)}]` }];
      const behind = this.#outerEnd(last);
      return [{ start: behind, end: behind, text: `, ${flowText(value)}` }];
    }
    if (!last) return undefined;
    const indent = ' '.repeat(columnOf(this.text, start));
    return [this.#newLine(this.#outerEnd(last), `${indent}- ${blockText(value)}`)];
  }

  addAlternative(at: number, of: number, reference: string): TextChange[] | undefined {
    const row = this.#itemAt(at);
    return alternativeChanges(this.text, row && fieldOf(row, 'answers')?.value, of, reference, {
      outer: (value) => ({
        start: value.kind === 'scalar' && this.#isQuoted(value) ? value.start - 1 : value.start,
        end: this.#outerEnd(value),
      }),
      kept: ({ value }) => flowText(String(value)),
      text: flowText,
      any: 'any',
    });
  }

  setSplit(at: number, split: Split): TextChange[] | undefined {
    const row = this.#itemAt(at);
    if (!row) return undefined;
    if (row.kind === 'scalar') return this.#spellOut(row, 'split', split);
    const value = fieldOf(row, 'split')?.value;
    if (!value) return this.#addField(row, 'split', split);
    return value.kind === 'scalar' && value.value !== null
      ? [{ start: value.start, end: value.end, text: split }]
      : undefined;
  }

  acceptDraft(at: number): TextChange[] | undefined {
    const row = this.#itemAt(at);
    if (row?.kind !== 'map') return undefined;
    const index = row.fields.findIndex(({ key }) => key === 'draft');
    const field = row.fields[index];
    if (!field) return undefined;
    const [before, after] = [row.fields[index - 1], row.fields[index + 1]];
    const start = keyStart(this.text, field.keySpan.start);
    const end = this.#outerEnd(field.value);
    const isFlow = this.text[row.start] === '{';
    if (before) {
      return isFlow ? [{ start: this.#outerEnd(before.value), end, text: '' }] : [wholeLines(this.text, start, end)];
    }
    // The first key shares its line with the dash or the brace.
    return after && [{ start, end: keyStart(this.text, after.keySpan.start), text: '' }];
  }

  replace(start: number, end: number, value: string): TextChange[] {
    const before = this.text[start - 1];
    if (before === '"') return [{ start, end, text: JSON.stringify(value).slice(1, -1) }];
    if (before === "'") return [{ start, end, text: value.replaceAll("'", "''") }];
    return [{ start, end, text: flowText(value) }];
  }

  /** The item's lines, when it begins with a dash of its own and nothing else stands there. */
  remove(at: number): TextChange[] | undefined {
    const row = this.#itemAt(at);
    if (!row) return undefined;
    const start = row.kind === 'scalar' && this.#isQuoted(row) ? row.start - 1 : row.start;
    const before = this.text.slice(start - columnOf(this.text, start), start);
    if (!/^\s*-\s+["']?$/.test(before)) return undefined;
    return [wholeLines(this.text, start, this.#outerEnd(row))];
  }

  /** A question as lines of a block list whose dashes stand in the given column. */
  protected lines({ text, answers, variants = [], split, draft }: NewQuestion, column: number): string {
    const indent = ' '.repeat(column);
    const fields: string[] = [];
    if (answers.length > 0) fields.push(`answers: [${answerEntries(answers, flowText).join(', ')}]`);
    if (variants.length > 0) fields.push(`variants: [${variants.map(flowText).join(', ')}]`);
    if (split) fields.push(`split: ${split}`);
    if (draft) fields.push('draft: true');
    if (fields.length === 0) return `${indent}- ${blockText(text)}`;
    return [`${indent}- question: ${blockText(text)}`, ...fields.map((field) => `${indent}  ${field}`)].join('\n');
  }

  #itemAt(at: number): LocatedMap | LocatedScalar | undefined {
    for (const item of this.list()?.items ?? []) {
      const question = item.kind === 'map' ? fieldOf(item, 'question')?.value : item;
      if (item.kind !== 'list' && question && question.start <= at && at <= question.end) return item;
    }
    return undefined;
  }

  #addField(row: LocatedMap, key: string, value: string): TextChange[] | undefined {
    const first = row.fields[0];
    const last = row.fields.at(-1);
    if (!first || !last) return undefined;
    const behind = this.#outerEnd(last.value);
    if (this.text[row.start] === '{') return [{ start: behind, end: behind, text: `, ${key}: ${value}` }];
    const indent = ' '.repeat(columnOf(this.text, keyStart(this.text, first.keySpan.start)));
    return [this.#newLine(behind, `${indent}${key}: ${value}`)];
  }

  /** A bare text becomes the question of a map. */
  #spellOut(item: LocatedScalar, key: string, value: string): TextChange[] | undefined {
    const quoted = this.#isQuoted(item);
    const start = quoted ? item.start - 1 : item.start;
    if (!quoted && /[\r\n]/.test(this.text.slice(item.start, item.end))) return undefined;
    const indent = ' '.repeat(columnOf(this.text, start));
    return [
      { start, end: start, text: 'question: ' },
      this.#newLine(this.#outerEnd(item), `${indent}${key}: ${value}`),
    ];
  }

  /** A line below the one that `at` stands on, what follows on that line (a comment) left there. */
  #newLine(at: number, line: string): TextChange {
    const end = lineEnd(this.text, at);
    return { start: end, end, text: lineBreakOf(this.text) + line };
  }

  #isQuoted({ start, end }: { start: number; end: number }): boolean {
    const quote = this.text[start - 1];
    return (quote === '"' || quote === "'") && this.text[end] === quote;
  }

  /** Behind the last character of a value. A block list's own place may reach into the lines below it. */
  #outerEnd(value: Located): number {
    if (value.kind === 'scalar') return this.#isQuoted(value) ? value.end + 1 : value.end;
    const isFlow = this.text[value.start] === '[' || this.text[value.start] === '{';
    if (isFlow) return value.end;
    const last = value.kind === 'list' ? value.items.at(-1) : value.fields.at(-1)?.value;
    return last ? this.#outerEnd(last) : value.end;
  }
}

/** A `*.questions.yaml` file. */
export class YamlEditor extends YamlBase {
  protected list(): LocatedList | undefined {
    return readYaml(this.text).values.find((value) => value.kind === 'list');
  }

  append(question: NewQuestion): TextChange[] | undefined {
    const { values } = readYaml(this.text);
    const list = this.list();
    if (values.length > 0 && !list) return undefined;
    if (list && this.text[list.start] === '[') return undefined;
    return appendLines(this.text, this.lines(question, list ? columnOf(this.text, list.start) : 0));
  }
}

/** The front matter of a Markdown file. */
export class FrontMatterEditor extends YamlBase {
  constructor(
    text: string,
    private readonly file: string,
  ) {
    super(text);
  }

  protected list(): LocatedList | undefined {
    const { value } = readFrontMatter({ file: this.file, text: this.text });
    const list = value && fieldOf(value, 'questions')?.value;
    return list?.kind === 'list' ? list : undefined;
  }

  append(question: NewQuestion): TextChange[] | undefined {
    const eol = lineBreakOf(this.text);
    const lines = (text: string): string => text.replaceAll('\n', eol) + eol;
    const { value, bodyStart, findings } = readFrontMatter({ file: this.file, text: this.text });
    if (bodyStart === 0) {
      return [{ start: 0, end: 0, text: lines(`---\nquestions:\n${this.lines(question, 2)}\n---\n`) }];
    }
    if (findings.length > 0) return undefined;
    const field = value && fieldOf(value, 'questions');
    if (!field) {
      const closing = this.text.lastIndexOf('---', bodyStart - 1);
      return [{ start: closing, end: closing, text: lines(`questions:\n${this.lines(question, 2)}`) }];
    }
    const list = this.list();
    const last = list?.items.at(-1);
    if (!list || !last || this.text[list.start] === '[') return undefined;
    const end = lineEnd(this.text, outermost(last));
    const added = this.lines(question, columnOf(this.text, list.start)).replaceAll('\n', eol);
    return [{ start: end, end, text: eol + added }];
  }
}

/** The last offset of a value or of what is inside it. */
function outermost(value: Located): number {
  if (value.kind === 'scalar') return value.end;
  const last = value.kind === 'list' ? value.items.at(-1) : value.fields.at(-1)?.value;
  return last ? Math.min(outermost(last), value.end) : value.end;
}

/** A key in quotes begins at its quote. */
function keyStart(text: string, at: number): number {
  return text[at - 1] === '"' || text[at - 1] === "'" ? at - 1 : at;
}

const PLAIN = /^[\p{L}\p{N}_./][\p{L}\p{N}_./#\-–—]*$/u;
const PLAIN_SENTENCE = /^\p{L}[\p{L}\p{N} ,.?!'’“”、。？！，/()-]*$/u;
const WORD_WITH_MEANING = /^(?:true|false|yes|no|on|off|null|~|[\d.+-][\d._eExo+-]*)$/i;

/** A text inside `[...]`. */
function flowText(value: string): string {
  return PLAIN.test(value) && !WORD_WITH_MEANING.test(value) ? value : JSON.stringify(value);
}

/** A text on its own line. */
function blockText(value: string): string {
  const plain = PLAIN.test(value) || (PLAIN_SENTENCE.test(value) && !value.endsWith(' '));
  return plain && !WORD_WITH_MEANING.test(value) ? value : JSON.stringify(value);
}
