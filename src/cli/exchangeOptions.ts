// What import and export-questions are told on the command line.
import { resolve } from 'node:path';
import { errors } from '../core/errors.ts';
import { FORMAT_NAMES, type FormatName } from '../core/exchange/index.ts';

/** A ranking of another program, which becomes a run file. */
export const TREC_RUN = 'trec-run';

/** What `import` reads or `export-questions` writes. */
export interface ExchangeOptions {
  format: FormatName | typeof TREC_RUN;
  /** Absolute. */
  to: string;
  /** Knowledge base that imported passages are looked up in; absolute. */
  kb?: string;
}

/** The options as parsed, none of them checked. */
export interface ExchangeValues {
  from?: string;
  as?: string;
  to?: string;
  kb?: string;
}

/** The options of `import` and `export-questions`; each is refused where it would do nothing. Throws a UserError that says what is missing. */
export function exchangeOptions(command: string, values: ExchangeValues): { exchange?: ExchangeOptions } {
  const own = command === 'import' ? 'from' : command === 'export-questions' ? 'as' : undefined;
  for (const name of ['from', 'as', 'to', 'kb'] as const) {
    const fits = name === own || (name === 'to' && (own || command === 'publish')) || (name === 'kb' && own === 'from');
    if (values[name] !== undefined && !fits) throw errors.usage(`--${name} does not belong to ${command}`);
  }
  if (!own) return {};
  const { to, kb } = values;
  const names = [...FORMAT_NAMES, ...(own === 'from' ? ([TREC_RUN] as const) : [])];
  const format = names.find((each) => each === values[own]);
  if (values[own] === undefined) throw errors.usage(`${command} needs --${own} FORMAT (${names.join(', ')})`);
  if (!format) throw errors.badOption(`--${own}`, values[own], names.join(', '));
  if (to === undefined) throw errors.usage(`${command} needs --to PATH`);
  if (format === TREC_RUN && kb === undefined)
    throw errors.usage('A TREC run needs --kb FOLDER, whose questions it answers');
  if (own === 'from' && format !== TREC_RUN && !/\.questions\.jsonl$/i.test(to))
    throw errors.badOption('--to', to, 'a name that ends with .questions.jsonl, as question files do');
  return { exchange: { format, to: resolve(to), ...(kb !== undefined && { kb: resolve(kb) }) } };
}
