// `*.questions.yaml`: a list of questions.
import type { SourceDocument } from '../document.ts';
import { LineIndex } from '../lines.ts';
import { describe } from '../located.ts';
import { readYaml } from '../yaml.ts';
import { type ParsedQuestions, RowReader } from './draft.ts';

/** Reads the questions of a YAML file; an entry that is not YAML costs no other. */
export function parseYaml(document: SourceDocument): ParsedQuestions {
  const reader = new RowReader(document.file, new LineIndex(document.text));
  const { values, problems } = readYaml(document.text);
  for (const problem of problems) {
    const message = `This is not valid YAML: ${problem.message}`;
    reader.report(
      'error',
      'bad-yaml',
      problem,
      message,
      'Correct this entry; texts with a colon or a quote need quotes.',
    );
  }
  for (const value of values) {
    if (value.kind === 'list') for (const row of value.items) reader.add(row);
    else {
      const message = `The file is expected to be a list of questions; ${describe(value)} came.`;
      reader.report(
        'error',
        'bad-question-file',
        value,
        message,
        'Begin each question with "- question: …" in the first column.',
      );
    }
  }
  return reader.result;
}
