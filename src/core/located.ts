// Values that know where they stand in their file: what the readers of JSON, YAML and CSV hand to the question rules.

/** A stretch of a text, offsets in UTF-16 code units, half open. */
export interface Span {
  start: number;
  end: number;
}

export interface LocatedScalar extends Span {
  kind: 'scalar';
  value: string | number | boolean | null;
}

export interface LocatedList extends Span {
  kind: 'list';
  items: Located[];
}

export interface LocatedField {
  key: string;
  keySpan: Span;
  value: Located;
}

export interface LocatedMap extends Span {
  kind: 'map';
  fields: LocatedField[];
}

/** A parsed value with its place; a quoted string's place leaves the quotes out, so that it can be replaced. */
export type Located = LocatedScalar | LocatedList | LocatedMap;

/** A place that could not be read, and why. */
export interface SyntaxProblem extends Span {
  message: string;
}

/** The last field of that name (as JSON.parse decides), if the value is a map that has it. */
export function fieldOf(value: Located, key: string): LocatedField | undefined {
  return value.kind === 'map' ? value.fields.findLast((field) => field.key === key) : undefined;
}

/** What came instead, in words: for messages. */
export function describe(value: Located): string {
  if (value.kind === 'list') return 'a list';
  if (value.kind === 'map') return 'an object';
  if (value.value === null) return 'nothing';
  if (typeof value.value === 'string') return 'text';
  return typeof value.value === 'number' ? `the number ${value.value}` : `${value.value}`;
}
