// Parquet files as JSON Lines, one row a line. The only importer of hyparquet.
import { parquetReadObjects } from 'hyparquet';

/** All rows. Throws what the library throws on another file, or on a compression other than Snappy. */
export async function parquetToLines(bytes: Buffer): Promise<string> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const rows = await parquetReadObjects({ file });
  return rows.map((row) => JSON.stringify(row, plain)).join('\n');
}

/** Whole numbers of 64 bits have no JSON, and as ids must keep every digit. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
