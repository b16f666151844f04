// How a knowledge base is called in a database: part of the names of its tables.
import { errors } from './errors.ts';

/** PostgreSQL cuts identifiers at 63 bytes, and suffixes follow. */
const NAME = /^[a-z][a-z0-9_]{0,39}$/;

/** Throws a UserError unless the name can be part of a table's name without quotes. */
export function checkStoreName(name: string): void {
  if (!NAME.test(name))
    throw errors.badOption('--name', name, 'a lower-case letter, then at most 39 letters, digits or underscores');
}

/** A folder's name as such a name. */
export function storeNameOf(folder: string): string {
  const plain = folder
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return (/^[a-z]/.test(plain) ? plain : `kb_${plain}`).slice(0, 40);
}
