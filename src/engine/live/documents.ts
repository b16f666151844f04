// The files of an open knowledge base, taken apart once each, and the corpus they make together.
import { type Corpus, joinCorpus, type ParsedDocument, parseDocument } from '../../core/corpus.ts';
import type { SourceDocument } from '../../core/document.ts';
import type { Finding } from '../../core/finding.ts';
import { rejoinCorpus } from '../../core/rejoin.ts';
import type { ChangeParams } from '../../protocol/workspace.ts';

interface LiveDocument {
  text: string;
  saved: boolean;
  parsed: ParsedDocument;
}

/** The files by name; a change costs the parsing of that file, and one join where it changed more than texts. */
export class LiveDocuments {
  readonly #files = new Map<string, LiveDocument>();
  readonly #unreadable = new Map<string, Finding>();
  #excluded: ReadonlySet<string> = new Set();
  #corpus: Corpus | undefined;

  /** `parse` is `parseDocument`, or gives what it would give. */
  constructor(private readonly parse: (document: SourceDocument) => ParsedDocument = parseDocument) {}

  get size(): number {
    return this.#files.size;
  }

  /** Takes changes in; false when every file is as it was. */
  change({ documents, removed, unreadable, excluded }: Omit<ChangeParams, 'workspace'>): boolean {
    let changed = false;
    let corpus = this.#corpus;
    if (excluded) this.#excluded = new Set(excluded);
    for (const { file, text, saved } of documents) {
      const wasUnreadable = this.#unreadable.delete(file);
      const known = this.#files.get(file);
      if (known?.text === text) {
        known.saved = saved;
        continue;
      }
      const parsed = this.parse({ file, text });
      this.#files.set(file, { text, saved, parsed });
      corpus =
        known && corpus && !wasUnreadable ? rejoinCorpus(corpus, { before: known.parsed, after: parsed }) : undefined;
      changed = true;
    }
    for (const file of removed) {
      const was = [this.#files.delete(file), this.#unreadable.delete(file)];
      if (!was.includes(true)) continue;
      corpus = undefined;
      changed = true;
    }
    for (const finding of unreadable) {
      this.#files.delete(finding.file);
      this.#unreadable.set(finding.file, finding);
      corpus = undefined;
      changed = true;
    }
    if (changed) this.#corpus = corpus;
    return changed;
  }

  /** The corpus of all files as they are now. */
  corpus(): Corpus {
    this.#corpus ??= joinCorpus(
      [...this.#files.values()].map(({ parsed }) => parsed),
      this.unreadable(),
    );
    return this.#corpus;
  }

  unreadable(): Finding[] {
    return [...this.#unreadable.values()];
  }

  /** Markdown files that exist and do not belong to the knowledge base, as far as they were told. */
  excluded(): ReadonlySet<string> {
    return this.#excluded;
  }

  /** False for a file whose text is not on the disk. */
  isSaved(file: string): boolean {
    return this.#files.get(file)?.saved ?? true;
  }

  /** All documents by name, unsaved text included. */
  all(): Map<string, SourceDocument> {
    return new Map([...this.#files].map(([file, { text }]) => [file, { file, text }]));
  }

  /** The documents that are on the disk as they are here. */
  saved(): SourceDocument[] {
    return [...this.#files].filter(([, { saved }]) => saved).map(([file, { text }]) => ({ file, text }));
  }

  /** The same, taken apart. */
  savedPages(): ParsedDocument[] {
    return [...this.#files.values()].filter(({ saved }) => saved).map(({ parsed }) => parsed);
  }
}
