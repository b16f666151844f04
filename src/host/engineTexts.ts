// The engine speaks English; in another language its findings and errors are translated by their forms.
import * as vscode from 'vscode';

/** The forms of what an author meets most, as the engine writes them. The language bundles have them under the same words. */
export const ENGINE_TEXTS: readonly string[] = [
  // Findings.
  'The id "{0}" already names a snippet ({1}).',
  'Choose another id; until then the snippet is called {0}.',
  'The same question stands at {0}; this one does not count.',
  'Remove one of them; put the answers of both into the other.',
  'The id "{0}" already belongs to the question at {1}.',
  'Choose another id, or remove it; until then the question is called {0}.',
  '"{0}" names the same snippet as an answer before it.',
  'Remove one of the two.',
  'None of the answers of this question exists, so its recall cannot be measured.',
  'Correct the answers, or write the section that is missing.',
  '"{0}" is a file without text.',
  'Write its text, or name another snippet.',
  '"{0}" is a heading without text of its own.',
  'Name a section below it, for example "{0}".',
  'Write its text, or name another section.',
  '"{0}" names no snippet of this knowledge base.',
  'Did you mean "{0}"?',
  'Name a section as path/to/file.md#heading-in-lower-case.',
  'This question is marked "{0}" but shares a snippet with "{1}" ({2}), marked "{3}": what is trained on answers what is held out.',
  'This question is marked "{0}" but is tied, by shared snippets or nearly the same wording, to "{1}" ({2}), marked "{3}": what is trained on answers what is held out.',
  'Give both the same split, or remove it from one of them.',
  'This line is not valid JSON.',
  'This is not valid YAML: {0}',
  'The front matter is not valid YAML: {0}',
  'This row has no "question".',
  'The question is empty.',
  'The question has no answers.',
  '"{0}" is not a key of a question and is ignored.',
  '"split" is expected to be "train" or "test"; {0} came.',
  'The file cannot be read: {0}.',
  'The file has {0} MB; at most 8 MB are read.',
  'The file is UTF-16; UTF-8 is expected.',
  'The file is not UTF-8 from here on.',
  'Save it with encoding UTF-8.',
  // Advice of the lint, and drafts.
  'This section says the same as {0}; only one of them has: {1}.',
  'This section says the same as {0}.',
  'This section and {0} share {1} % of their wording; only here: {2}; only there: {3}.',
  'Keep one of them and link to it from the other place.',
  'This section says more: keep it, and link to it from the other place.',
  'The other section says more: keep it, and link to it from here.',
  'Where both are needed, say in heading and first sentence when each of them holds; else merge them.',
  'By score and words this question is answered about as well by {0}.',
  'Name it as a further answer where it is right; else ask for what the section named alone says.',
  'This section has {0} tokens, and the model reads {1} at a time: it is searched in {2} parts, the first of which ends inside a sentence, at the bar: {3}.',
  'This section has {0} tokens, and the model reads {1} at a time: it is searched in {2} parts, the first of which ends behind {3}.',
  'Divide it under headings of its own, so that each part is found by its name.',
  '{0} % of this section is text that other sections have, too: {1} stands in {2} sections.',
  'Say it once in a section of its own, and leave here what only this section answers.',
  '{0} of {1} sections of this page are tested by no question: {2} and {3} more.',
  '{0} of {1} sections of this page are tested by no question: {2}.',
  'Write questions for them, or let some be suggested.',
  'This question has {0} word for word from its answer {1}: it is easy to find and flatters recall.',
  'Ask it in the words of your users, who have not read the answer.',
  'This held-out question is answered by {0}, which is nearly the same as {1}, the answer of the training question {2}.',
  'This held-out question is asked in nearly the same words as the training question {0}.',
  'Give both questions the same "split", so that what is trained on does not answer what is held out.',
  'This question is a draft: it is neither measured nor trained on.',
  'Reword it as your users would ask and remove "draft" to accept it, or remove the question.',
  '"draft" is expected to be true or false; {0} came.',
  'Write true, or remove "draft" to accept the question.',
  // Errors.
  'No standard question with an existing answer was found in {0}.',
  'Add a *.questions.jsonl, .yaml or .csv file, or questions: in front matter; the findings say what is wrong with those there are.',
  'No Markdown snippet was found in {0}.',
  'Give the folder that holds the Markdown files.',
  'Fine-tuning needs at least 4 training questions about different snippets to learn from and to check on; there are {0}.',
  'Add standard questions with answers, or mark more of them with "split": "train".',
  'There is no model {0} on this machine (looked in {1}).',
  'Put {0} into {1}, or allow the download.',
  'The model {0} cannot be fine-tuned: {1}.',
  'Snippets are ranked by words alone, and training changes vectors only: it could neither raise recall nor prove that it did.',
  'Train with the retrieval that your answer bot uses, vectors or hybrid (option --retrieval, setting kbRecall.retrieval).',
  'The training needs about {0} of memory; this machine has {1} to give.',
  'Close other programs, choose a smaller model, or train on a machine with more memory.',
  'There is no model of the training run {0} any more.',
  'Choose another run from the list, or train again.',
  'The engine of KB Recall ended unexpectedly ({0}).',
  'It starts again with the next command; the log has its last words.',
  'KB Recall is still busy with {0}.',
  'Wait until it has finished, or run "KB Recall: Stop".',
  // Verdicts of the training.
  'Not promoted: the loss became infinite, so training was stopped and the base model stays.',
  'Not promoted: no epoch recalled the development questions better than the base model.',
  'Not promoted: over the whole index the development score went from {0} to {1}.',
  'Not promoted: held-out recall@{0} fell by {1}, although the development score rose.',
  'Promoted: the development score rose from {0} to {1}.',
];

let forms: { pattern: RegExp; text: string }[] | undefined;

/** A sentence of the engine in the language of the window; as it is where no form fits. */
export function engineText(sentence: string): string {
  if (!vscode.l10n.bundle) return sentence;
  forms ??= ENGINE_TEXTS.map((text) => ({ pattern: patternOf(text), text }));
  for (const { pattern, text } of forms) {
    const match = pattern.exec(sentence);
    if (match) return vscode.l10n.t(text, ...match.slice(1));
  }
  return sentence;
}

/** The form with its places as groups; texts that repeat a place are not used here. */
export function patternOf(text: string): RegExp {
  const source = text
    .split(/\{\d+\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('([\\s\\S]*?)');
  return new RegExp(`^${source}$`);
}
