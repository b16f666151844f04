// What export and models are told on the command line.
import { resolve } from 'node:path';
import { errors } from '../core/errors.ts';
import type { ModelChange } from '../protocol/engine.ts';

/** What `export` writes. */
export interface ModelExport {
  /** Absolute. */
  to: string;
  int8: boolean;
}

/** The options as parsed, none of them checked. */
export interface ModelValues {
  model?: string;
  to?: string;
  from?: string;
  as?: string;
  kb?: string;
  int8?: boolean;
  pin?: string;
  unpin?: string;
  delete?: string;
}

/** Throws a UserError for what is missing, and for what would do nothing. */
export function exportOptions({ model, to, from, as, kb, int8 = false }: ModelValues): { modelExport: ModelExport } {
  for (const [name, value] of Object.entries({ model, from, as }))
    if (value !== undefined) throw errors.usage(`--${name} does not belong to export; the model comes first`);
  if (to === undefined) throw errors.usage('export needs --to FOLDER, which does not exist yet');
  if (kb !== undefined && !int8) throw errors.usage('--kb says where the int8 form is measured, so it needs --int8');
  return { modelExport: { to: resolve(to), int8 } };
}

/** One change at most; nothing where the models are only listed. */
export function modelChange(values: ModelValues): { modelChange?: Pick<ModelChange, 'change' | 'id'> } {
  const asked = (['pin', 'unpin', 'delete'] as const).filter((change) => values[change] !== undefined);
  if (asked.length > 1) throw errors.usage(`--${asked[0]} and --${asked[1]} are two steps`);
  const change = asked[0];
  return change === undefined ? {} : { modelChange: { change, id: values[change]! } };
}
