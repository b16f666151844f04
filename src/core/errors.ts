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

export const errors = {
  modelFileMissing: (folder: string, file: string) =>
    new UserError(
      'model-file-missing',
      `The model folder ${folder} lacks ${file}.`,
      `Put ${file} there, or choose another model with --model.`,
    ),
} as const;
