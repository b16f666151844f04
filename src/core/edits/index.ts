// Edits of question files in any format: the least change of the text that does what is asked.
import type { SourceDocument } from '../document.ts';
import { LineIndex } from '../lines.ts';
import type { Position } from '../range.ts';
import type { QuestionEdit, QuestionEditor, TextChange, TextEdit } from './change.ts';
import { CsvEditor } from './csv.ts';
import { JsonlEditor } from './jsonl.ts';
import { FrontMatterEditor, YamlEditor } from './yaml.ts';

export type { NewQuestion, QuestionEdit, TextEdit } from './change.ts';

/** The edits that do what is asked; undefined where the file's form does not allow it, so that the author has to. */
export function editQuestions(document: SourceDocument, edit: QuestionEdit): TextEdit[] | undefined {
  const lines = new LineIndex(document.text);
  const changes = changesOf(editorOf(document), edit, (position) => lines.offset(position));
  return changes?.map(({ start, end, text }) => ({ range: lines.range(start, end), text }));
}

function editorOf({ file, text }: SourceDocument): QuestionEditor {
  if (/\.questions\.jsonl$/i.test(file)) return new JsonlEditor(text);
  if (/\.questions\.csv$/i.test(file)) return new CsvEditor(text);
  if (/\.questions\.ya?ml$/i.test(file)) return new YamlEditor(text);
  return new FrontMatterEditor(text, file);
}

function changesOf(
  editor: QuestionEditor,
  edit: QuestionEdit,
  offset: (position: Position) => number,
): TextChange[] | undefined {
  switch (edit.kind) {
    case 'add-answer':
      return editor.addTo(offset(edit.at), 'answers', edit.reference);
    case 'add-alternative':
      return editor.addAlternative(offset(edit.at), offset(edit.of), edit.reference);
    case 'add-variant':
      return editor.addTo(offset(edit.at), 'variants', edit.text);
    case 'set-split':
      return editor.setSplit(offset(edit.at), edit.split);
    case 'add-question':
      return editor.append(edit.question);
    case 'remove-question':
      return editor.remove(offset(edit.at));
    case 'accept-draft':
      return editor.acceptDraft(offset(edit.at));
    case 'replace':
      return editor.replace(offset(edit.range.start), offset(edit.range.end), edit.text);
  }
}
