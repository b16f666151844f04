// Offsets in a text -> lines and columns, by binary search over the line starts.
import type { Position, Range } from './range.ts';

/** The line starts of one text; LF, CRLF and a lone CR end a line, as in VS Code. */
export class LineIndex {
  readonly #starts: number[] = [0];

  constructor(readonly text: string) {
    for (const match of text.matchAll(/\r\n|\n|\r/g)) this.#starts.push(match.index + match[0].length);
  }

  /** The place of an offset in UTF-16 code units; an offset beyond the text counts as its end. */
  position(offset: number): Position {
    const inside = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= inside) low = middle;
      else high = middle - 1;
    }
    return { line: low, column: inside - (this.#starts[low] as number) };
  }

  /** The offset of a place; one beyond the end of its line or of the text counts as that end. */
  offset({ line, column }: Position): number {
    const start = this.#starts[line];
    if (start === undefined) return this.text.length;
    return Math.min(start + column, this.#starts[line + 1] ?? this.text.length);
  }

  /** The stretch between two offsets. */
  range(start: number, end: number): Range {
    return { start: this.position(start), end: this.position(Math.max(start, end)) };
  }

  /** From an offset to the end of its line, the line break and trailing blanks left out. */
  restOfLine(offset: number): Range {
    const position = this.position(offset);
    const next = this.#starts[position.line + 1] ?? this.text.length;
    return this.range(offset, offset + this.text.slice(offset, next).trimEnd().length);
  }
}

/** The beginning of a file, for what concerns it as a whole. */
export const FILE_START: Range = { start: { line: 0, column: 0 }, end: { line: 0, column: 0 } };
