// The unit that shells (CLI, extension host) hand to the core: a file's name and its decoded text.

/** A text file of the knowledge base. */
export interface SourceDocument {
  /** Workspace-relative POSIX path, the file's part of every snippet id. */
  file: string;
  /** Decoded text, without byte-order mark. */
  text: string;
}
