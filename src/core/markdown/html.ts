// HTML inside Markdown -> its text: comments, scripts and tags go, what a reader would see stays.

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  copy: '©',
  hellip: '…',
  mdash: '—',
  ndash: '–',
  bull: '•',
  deg: '°',
  euro: '€',
  middot: '·',
  pound: '£',
  rarr: '→',
  reg: '®',
  sect: '§',
  times: '×',
  trade: '™',
  yen: '¥',
};

/** The visible text of an HTML block; table rows become `cell | cell`, other blocks lines of their own. */
export function htmlText(html: string): string {
  const text = html
    .replace(/<!--[\s\S]*?(?:-->|$)/g, '')
    .replace(/<(script|style)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, '')
    .replace(/<!\[CDATA\[|\]\]>|<[?!][^>]*>?/g, '')
    .replace(/<img\b[^>]{0,999}?\balt\s*=\s*(?:"([^"]*)"|'([^']*)')[^>]*>/gi, '$1$2')
    .replace(/<\/t[dh]\s*>(?=\s*<t[dh]\b)\s*/gi, ' | ')
    .replace(
      /<(?:br|hr)\b[^>]*>|<\/(?:p|div|li|tr|h[1-6]|summary|details|dt|dd|table|ul|ol|blockquote|pre)\s*>/gi,
      '\n',
    )
    // A tag begins with a letter: `a < b` stays as it is.
    .replace(/<\/?[a-z](?:"[^"]*"|'[^']*'|[^'">]){0,999}>/gi, '')
    .replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,8});/gi, decodeEntity);
  return text
    .split(/\r\n|\n|\r/)
    .map((line) => line.replace(/[ \t]+/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n');
}

function decodeEntity(whole: string, name: string): string {
  if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole;
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}
