// JSON text -> located values.
import type { Located, LocatedField } from './located.ts';

/** The value of `json`, which stands at `start` in `text`; undefined where it is not JSON, or nested deeper than the stack. */
export function readJsonAt(json: string, text: string, start: number): Located | undefined {
  try {
    JSON.parse(json);
    return locateJson(text, start);
  } catch {
    return undefined;
  }
}

/** Places of the value that begins at `start`, in a text already known to be JSON there. */
function locateJson(text: string, start: number): Located {
  let at = start;
  const skip = () => {
    while (' \t\r\n,:'.includes(text[at] as string)) at++;
  };
  const string = (): { value: string; start: number; end: number } => {
    const open = at++;
    while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    const close = at++;
    return { value: JSON.parse(text.slice(open, at)) as string, start: open + 1, end: close };
  };
  const value = (): Located => {
    const open = at;
    switch (text[at]) {
      case '"':
        return { kind: 'scalar', ...string() };
      case '[': {
        const items: Located[] = [];
        for (at++, skip(); text[at] !== ']'; skip()) items.push(value());
        return { kind: 'list', items, start: open, end: ++at };
      }
      case '{': {
        const fields: LocatedField[] = [];
        for (at++, skip(); text[at] !== '}'; skip()) {
          const { value: key, ...keySpan } = string();
          skip();
          fields.push({ key, keySpan, value: value() });
        }
        return { kind: 'map', fields, start: open, end: ++at };
      }
      default: {
        while (at < text.length && /[^\s,\]}]/.test(text[at] as string)) at++;
        return { kind: 'scalar', value: JSON.parse(text.slice(open, at)), start: open, end: at };
      }
    }
  };
  return value();
}
