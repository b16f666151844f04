// The catalogue of errors meant for the user: one factory each, with a code, a sentence and the next step.
// Bugs throw plain Error and reach only the log.

/** An error whose message is written for the author of the knowledge base. */
export class UserError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** What to do next, one sentence. */
    readonly action: string,
  ) {
    super(message);
    this.name = 'UserError';
  }
}

/** True for an abort raised by `throwIfAborted` or by an AbortSignal. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

export const errors = {
  architectureUnsupported: (folder: string, type: string) =>
    new UserError(
      'architecture-unsupported',
      `The model in ${folder} is of type ${type} and has no ONNX file; from weights alone only BERT, RoBERTa, XLM-RoBERTa, CamemBERT, DistilBERT and MPNet encoders can be built.`,
      'Export the model to onnx/model.onnx, or choose a model of these types.',
    ),

  badOption: (option: string, value: string, expected: string) =>
    new UserError(
      'bad-option',
      `${option} is "${value}"; expected ${expected}.`,
      'Run kb-recall --help for the options.',
    ),

  badStore: () =>
    // The address is not repeated: it may hold a password.
    new UserError(
      'bad-store',
      'The address of the store is none that KB Recall can publish to.',
      'Give it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE.',
    ),

  generalSetBroken: (file: string, line: number) =>
    new UserError(
      'general-set-broken',
      `Line ${line} of ${file} is no object with a "question" and a "passage".`,
      'It came with KB Recall: install it again.',
    ),

  modelQuantised: (folder: string, operator: string) =>
    new UserError(
      'model-quantised',
      `The ONNX file in ${folder} is quantised (it holds ${operator}): it can be evaluated, but not fine-tuned.`,
      'Put model.safetensors or the fp32 export (onnx/model.onnx) of the same model there, and train that one.',
    ),

  noQuestions: (folder: string) =>
    new UserError(
      'no-questions',
      `No standard question with an existing answer was found in ${folder}.`,
      'Add a *.questions.jsonl, .yaml or .csv file, or questions: in front matter; the findings say what is wrong with those there are.',
    ),

  noSnippets: (folder: string) =>
    new UserError(
      'no-snippets',
      `No Markdown snippet was found in ${folder}.`,
      'Give the folder that holds the Markdown files.',
    ),

  notTrainable: (model: string, detail: string) =>
    new UserError(
      'not-trainable',
      `The model ${model} cannot be fine-tuned: ${detail}.`,
      'Choose another model, or one with model.safetensors of a BERT, XLM-RoBERTa, DistilBERT or MPNet encoder.',
    ),

  noLayersToCut: () =>
    new UserError(
      'no-layers-to-cut',
      'The top layers alone cannot be trained: the graph of this model has no place below them that carries the whole text.',
      'Train all weights or the layers (--mode all or layers), or use a model with model.safetensors.',
    ),

  usage: (problem: string) => new UserError('usage', `${problem}.`, 'Run kb-recall --help for commands and options.'),

  nothingPublished: (place: string, name: string) =>
    new UserError(
      'nothing-published',
      `Nothing is published as ${name} in ${place}.`,
      'Run kb-recall publish FOLDER --to URL, or check --name.',
    ),

  publishedOtherwise: (place: string, name: string, model: string, differing: readonly string[]) =>
    new UserError(
      'published-otherwise',
      `${name} in ${place} was published with ${model}, whose vectors were made otherwise (${differing.join(', ')}).`,
      'Evaluate with that model (--model), or publish again with this one.',
    ),

  storeFailed: (place: string, reason: string) =>
    new UserError(
      'store-failed',
      `The database ${place} refused: ${reason}.`,
      'Mend what it names; what was published before is still served.',
    ),

  storeWithoutVector: (place: string, reason: string) =>
    new UserError(
      'store-without-vector',
      `The database ${place} has no pgvector, and it could not be added: ${reason}.`,
      'Install pgvector on the server and run CREATE EXTENSION vector as an administrator of the database.',
    ),

  tooFewQuestions: (found: number, snippets: number) =>
    new UserError(
      'too-few-questions',
      `Fine-tuning needs at least 4 training questions about different snippets to learn from and to check on; training questions: ${found}, snippets they are about: ${snippets}.`,
      'Add standard questions with answers, or mark more of them with "split": "train".',
    ),

  folderIsFile: (folder: string) =>
    new UserError(
      'folder-is-file',
      `${folder} is a file; a folder is expected.`,
      'Give the folder that holds the Markdown files.',
    ),

  folderMissing: (folder: string) =>
    new UserError('folder-missing', `There is no folder ${folder}.`, 'Give the folder that holds the Markdown files.'),

  folderUnreadable: (folder: string, reason: string) =>
    new UserError(
      'folder-unreadable',
      `The folder ${folder} cannot be read: ${reason}.`,
      'Allow reading it, or give another folder.',
    ),

  runUnreadable: (file: string, problem: string) =>
    new UserError(
      'run-unreadable',
      `${file} is not a run that kb-recall can read: ${problem}.`,
      'Give a file written by kb-recall evaluate FOLDER --save-run FILE.',
    ),

  draftsUnreadable: (file: string, reason: string) =>
    new UserError(
      'drafts-unreadable',
      `${file} is to receive the drafts and cannot be read: ${reason}.`,
      'Mend the file, or name another one with --drafts.',
    ),

  runsShareNothing: (baseline: string) =>
    new UserError(
      'runs-share-nothing',
      `No held-out question has the same wording and answers in ${baseline} and now, so there is nothing to compare.`,
      'Check folder and baseline; where the questions were meant to change, write a new baseline with evaluate --save-run.',
    ),

  runsApart: (before: number, after: number) =>
    new UserError(
      'runs-apart',
      `The two runs have no question with the same wording, answers and side: ${before} questions are in the first, ${after} in the second.`,
      'Choose two runs of the same knowledge base.',
    ),

  exchangeUnreadable: (path: string, reason: string) =>
    new UserError(
      'exchange-unreadable',
      `${path} cannot be read: ${reason}.`,
      'Give the file or folder that the other tool wrote.',
    ),

  exchangeFilesMissing: (path: string, format: string, expected: string) =>
    new UserError(
      'exchange-files-missing',
      `${path} holds nothing that can be read as ${format}; ${expected} was expected.`,
      'Check the path and --from.',
    ),

  exchangeEmpty: (path: string, format: string, first: string | undefined) =>
    new UserError(
      'exchange-empty',
      `No question was found in ${path} read as ${format}.`,
      first === undefined ? 'Check the path and --from.' : `Check --from, or correct the file: ${first}`,
    ),

  targetExists: (path: string) =>
    new UserError(
      'target-exists',
      `${path} exists already, and nothing is overwritten.`,
      'Choose another place for it, or remove what is there.',
    ),

  modelFileMissing: (folder: string, file: string) =>
    new UserError(
      'model-file-missing',
      `The model folder ${folder} lacks ${file}.`,
      `Put ${file} there, or choose another model with --model.`,
    ),

  modelFileBroken: (folder: string, file: string, reason: string) =>
    new UserError(
      'model-file-broken',
      `${file} in the model folder ${folder} cannot be used: ${reason}.`,
      'Copy or download the model again.',
    ),

  tokenizerUnsupported: (folder: string, what: string) =>
    new UserError(
      'tokenizer-unsupported',
      `The tokenizer in ${folder} uses ${what}, which KB Recall cannot follow exactly.`,
      'Choose a model with a BERT WordPiece, XLM-RoBERTa Unigram or byte-level BPE tokenizer.',
    ),

  vocabularyMismatch: (folder: string, tokenizer: number, model: number) =>
    new UserError(
      'vocabulary-mismatch',
      `The tokenizer in ${folder} has ${tokenizer} tokens, but the model only knows ${model}: they belong to different models.`,
      'Copy tokenizer.json and the weights from the same model.',
    ),

  modelModuleUnsupported: (folder: string, module: string) =>
    new UserError(
      'model-module-unsupported',
      `The model in ${folder} uses ${module} (modules.json); without it its vectors would be wrong.`,
      'Choose a model made of a transformer, mean or first-token pooling, and normalization only.',
    ),

  modelPoolingUnsupported: (folder: string, file: string, mode: string) =>
    new UserError(
      'model-pooling-unsupported',
      `The model in ${folder} pools its tokens by "${mode}" (${file}); KB Recall knows mean and cls.`,
      'Choose a model with mean or first-token (cls) pooling.',
    ),

  modelNotFound: (name: string, looked: readonly string[], files: readonly string[]) =>
    new UserError(
      'model-not-found',
      `There is no model ${name} on this machine (looked in ${looked.join(', ')}).`,
      `Put ${files.join(', ')} into ${looked[0]}, or allow the download.`,
    ),

  modelNameInvalid: (name: string) =>
    new UserError(
      'model-name-invalid',
      `"${name}" is neither a folder with a config.json nor the name of a model.`,
      'Give the path of a model folder, or a name such as kb-recall-small or owner/model.',
    ),

  modelDownloadFailed: (name: string, file: string, address: string, folder: string, reason: string) =>
    new UserError(
      'model-download-failed',
      `Downloading ${file} of ${name} from ${address} failed: ${reason}.`,
      `Run again (files that came whole are kept), set HF_ENDPOINT to a mirror, or copy the model's files into ${folder}.`,
    ),

  hubInsecure: (address: string) =>
    new UserError(
      'hub-insecure',
      `Models are downloaded over https only, and ${address} is no https address.`,
      'Set HF_ENDPOINT to an https address, or leave it out for huggingface.co.',
    ),

  diskFull: (path: string, neededBytes: number, freeBytes: number | undefined) =>
    new UserError(
      'disk-full',
      `There is no room to write ${path}: it needs ${megabytes(neededBytes)}${freeBytes === undefined ? '' : `, ${megabytes(freeBytes)} are free`}.`,
      `Free at least ${megabytes(neededBytes)} on that disk and run again; nothing that was there before has changed.`,
    ),

  writeFailed: (path: string, reason: string) =>
    new UserError(
      'write-failed',
      `Writing ${path} failed: ${reason}.`,
      'Check that the folder exists, is yours and is not read-only, then run again.',
    ),

  workspaceNotOpen: () =>
    new UserError(
      'workspace-not-open',
      'The knowledge base is not open in the engine, which was started again.',
      'Run the command once more.',
    ),

  jobRunning: (folder: string) =>
    new UserError(
      'job-running',
      `KB Recall is still busy with ${folder}.`,
      'Wait until it has finished, or run "KB Recall: Stop".',
    ),

  engineEnded: (how: string) =>
    new UserError(
      'engine-ended',
      `The engine of KB Recall ended unexpectedly (${how}).`,
      'It starts again with the next command; the log has its last words.',
    ),

  engineOutOfMemory: () =>
    new UserError(
      'engine-out-of-memory',
      'The engine of KB Recall ran out of memory.',
      'Close other programs, choose a smaller model, or leave large files out (setting kbRecall.exclude), so that it reads fewer files; then run again.',
    ),

  workerEnded: (how: string) =>
    new UserError(
      'worker-ended',
      `KB Recall ran out of memory or was ended from outside (${how}).`,
      'Index and models are as they were. Close other programs, choose a smaller model or leave large files out with --exclude, then run again.',
    ),

  notEnoughMemory: (neededBytes: number, freeBytes: number) =>
    new UserError(
      'not-enough-memory',
      `The training needs about ${megabytes(neededBytes)} of memory; this machine has ${megabytes(freeBytes)} to give.`,
      'Close other programs, choose a smaller model, or train on a machine with more memory.',
    ),

  trainingByWords: () =>
    new UserError(
      'training-by-words',
      'Snippets are ranked by words alone, and training changes vectors only: it could neither raise recall nor prove that it did.',
      'Train with the retrieval that your answer bot uses, vectors or hybrid (option --retrieval, setting kbRecall.retrieval).',
    ),

  noSuchModel: (id: string, known: readonly string[]) =>
    new UserError(
      'no-such-model',
      `There is no tuned or downloaded model ${id}; there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ') || 'none'}.`,
      'kb-recall models lists them; the model that ships with KB Recall can be neither pinned nor deleted.',
    ),

  modelPinned: (id: string) =>
    new UserError(
      'model-pinned',
      `The model ${id} is pinned, so it was not deleted.`,
      `Unpin it first: kb-recall models --unpin ${id}`,
    ),

  runGone: (id: string) =>
    new UserError(
      'run-gone',
      `There is no model of the training run ${id} any more.`,
      'Choose another run from the list, or train again.',
    ),

  folderBusy: (folder: string) =>
    new UserError(
      'folder-busy',
      `Another program has been writing in ${folder} for too long.`,
      'Wait until it has finished or close it, then run again.',
    ),
} as const;
