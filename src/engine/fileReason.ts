// Why a file could not be read or written, in words.

const REASONS: Record<string, string> = {
  EACCES: 'you may not read it',
  EPERM: 'you may not read it',
  ENOENT: 'it does not exist',
  ELOOP: 'it links to itself',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'its name is too long',
};

/** A file system error in words. */
export function reason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return (code && REASONS[code]) ?? code ?? String(error);
}
