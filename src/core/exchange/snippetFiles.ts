// Passages as Markdown files, one snippet each.
import type { SourceDocument } from '../document.ts';
import { markdownOf } from '../markdown/write.ts';
import type { Passage } from './dataset.ts';

const LONGEST_NAME = 60;

/** Collects files below one folder. */
export class SnippetFiles {
  readonly documents: SourceDocument[] = [];
  /** Names in lower case, since some disks tell no cases apart. */
  readonly #taken = new Set<string>();

  constructor(private readonly folder: string) {}

  /** Adds a passage and returns its file, which is what an answer names. Front matter keeps the passage's own id. */
  add({ id, title, text }: Passage): string {
    const file = `${this.folder}/${this.#name(id)}.md`;
    this.documents.push({ file, text: `---\nid: ${JSON.stringify(id)}\n---\n\n${markdownOf(title, text)}\n` });
    return file;
  }

  #name(id: string): string {
    const plain =
      id
        .replace(/[^\p{L}\p{N}_.]+/gu, '-')
        .replace(/^[-.]+|[-.]+$/g, '')
        .slice(0, LONGEST_NAME) || 'snippet';
    let name = plain;
    for (let count = 2; this.#taken.has(name.toLowerCase()); count++) name = `${plain}-${count}`;
    this.#taken.add(name.toLowerCase());
    return name;
  }
}
