// Excel files as rows of texts, one JSON list a line, which is what the table format reads and writes. The only importer of both libraries.
import { readSheet } from 'read-excel-file/node';
import writeExcelFile from 'write-excel-file/node';

/** The first sheet; line n is row n. Throws what the library throws on a file that is no workbook. */
export async function excelToLines(bytes: Buffer): Promise<string> {
  const rows = await readSheet(bytes);
  return rows.map((row) => JSON.stringify(row.map(cellText))).join('\n');
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  return cell instanceof Date ? cell.toISOString() : String(cell);
}

/** A workbook of one sheet whose cells are all texts, so that an id such as 007 stays what it is. */
export async function linesToExcel(lines: string): Promise<Buffer> {
  const rows = lines.split('\n').filter((line) => line !== '');
  return writeExcelFile(
    rows.map((row) => (JSON.parse(row) as string[]).map((value) => ({ value: legal(value), type: String }))),
  ).toBuffer();
}

/** Control characters that XML 1.0, and so a workbook, cannot hold. */
function legal(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '\uFFFD');
}
