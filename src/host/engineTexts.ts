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
  'An answer in braces is expected to have either "answer" or "any", and perhaps "relevance"; {0} came.',
  'Write {"any": ["a.md#x", "b.md#y"]} for alternatives, {"answer": "a.md#x", "relevance": 2} for a grade.',
  '"relevance" is expected to be 1, 2 or 3; {0} came.',
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
  // Errors and notes.
  'No standard question with an existing answer was found in {0}.',
  'Add a *.questions.jsonl, .yaml or .csv file, or questions: in front matter; the findings say what is wrong with those there are.',
  'No Markdown snippet was found in {0}.',
  'Give the folder that holds the Markdown files.',
  'Fine-tuning needs at least 4 training questions about different snippets to learn from and to check on; training questions: {0}, snippets they are about: {1}.',
  'Add standard questions with answers, or mark more of them with "split": "train".',
  'There is no model {0} on this machine (looked in {1}).',
  'Put {0} into {1}, or allow the download.',
  'The ONNX file in {0} is quantised (it holds {1}): it can be evaluated, but not fine-tuned.',
  'Put model.safetensors or the fp32 export (onnx/model.onnx) of the same model there, and train that one.',
  'The model {0} cannot be fine-tuned: {1}.',
  'Snippets are ranked by words alone, and training changes vectors only: it could neither raise recall nor prove that it did.',
  'Train with the retrieval that your answer bot uses, vectors or hybrid (option --retrieval, setting kbRecall.retrieval).',
  'The training needs about {0} of memory; this machine has {1} to give.',
  'Close other programs, choose a smaller model, or train on a machine with more memory.',
  'There is no model of the training run {0} any more.',
  'Choose another run from the list, or train again.',
  'The two runs have no question with the same wording, answers and side: {0} questions are in the first, {1} in the second.',
  'Choose two runs of the same knowledge base.',
  '{0} is not a run that kb-recall can read: {1}.',
  'Give a file written by kb-recall evaluate FOLDER --save-run FILE.',
  'The models differ: {0} and {1}.',
  'The ranking differs: by {0} then, by {1} now.',
  'The snippets differ: {0} then, {1} now, or other text.',
  'The questions differ: {0} held-out then, {1} now; {2} with the same wording and answers are compared.',
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
  // Causes and what mends them.
  'The file of "{0}" exists, but the settings exclude it from the knowledge base.',
  '"{0}" has no text of its own, so there is nothing to find.',
  '"{0}" leads to no section, so the question cannot be measured.',
  '"{0}" has no place in the ranking.',
  'Correct the answer, write the text that is missing, or take the file in (include, exclude).',
  'The {0} is {1}; models of this family use {2}. This makes every question worse.',
  'Correct the profile in the kb_recall.json of the model, or choose another model, and index anew.',
  'The question is written in {0} script, the section in {1}. The model reads both, but tells them apart better than it joins them.',
  'The question is written in {0} script, the section in {1}. The model does not read {2}.',
  'Add the section in the language of the question, or choose a model that was trained on both languages.',
  'Question and section stand on one side of {0}, the winner "{1}" on the other.',
  'Say the condition in the heading and in the first sentence of both sections, and give the training a variant for each.',
  'Section and winner have {0} % of their words in common. Only in the section: {1}. Only in the winner: {2}.',
  'Link the winner as a further right answer, merge the two, or say in both headings what sets them apart.',
  'The winner lacks {0}, which the section has. By words (BM25) the section is number {1}.',
  'The winner lacks {0}, which the section has. By this term alone (BM25) the section is number {1}.',
  'Rank by vectors and words (retrieval: hybrid), or say in the section in words what the term stands for.',
  'The section is longer than the model reads at once: {0} stands only in part {1} of {2}.',
  'Divide the section by headings, so that what is asked stands under a heading of its own.',
  '"{0}" stands before the answers of {1} questions about different things, where chance gives {2} (skewness {3}).',
  'Divide the section that wins, or shorten it to what it alone says.',
  '{0}: in the heading of the section, but not in its text.',
  '{0}: in the heading of the winner, whose text is about something else.',
  'Use the words of the heading in the first sentence below it, or give the heading that misleads another one.',
  'The section lacks the words {0}. The winner has of them: {1}.',
  'The section lacks the words {0}; the winner has none of them either.',
  'Use the words of your users in the heading or the first sentence, or add variants of the question for the training.',
  '"{0}" has what the question asks about as well: {1}.',
  'Read both; where the winner answers too, link it as a further right answer.',
  'Nothing stands out; the answer is number {0}, which is near.',
  'Fine-tuning often lifts such questions; a variant of the question helps it.',
  'Nothing stands out; the answer is number {0}.',
  'Add a sentence to the section that says what it answers, or variants for the training.',
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
