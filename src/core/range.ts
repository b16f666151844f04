// Positions in a text file, counted as VS Code counts them.

/** A place in a text: zero-based line, zero-based column in UTF-16 code units. */
export interface Position {
  line: number;
  column: number;
}

/** A half-open stretch of text: `start` is inside, `end` is not. */
export interface Range {
  start: Position;
  end: Position;
}
