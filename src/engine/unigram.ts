// Segments words into Unigram pieces: Viterbi over a flat trie, with the ids of the Rust `tokenizers` library.
// @xenova/transformers has its own, which is an order of magnitude slower, cannot find pieces above U+FFFF, and
// fuses unknown characters across words.

/** The part of a Unigram tokenizer.json this needs. */
export interface UnigramModel {
  vocab: readonly (readonly [piece: string, score: number])[];
  unk_id?: number | null;
}

// As in sentencepiece: an unknown character costs this much more than the rarest piece.
const UNKNOWN_PENALTY = 10;

/** Compiled Unigram model; `segment` gives the ids of one word. */
export class Unigram {
  /** First child of each node; its children are consecutive. */
  private readonly firstChild: Int32Array;
  private readonly childCount: Int32Array;
  private readonly label: Uint16Array;
  /** Piece id that ends at a node, or -1. */
  private readonly piece: Int32Array;
  /** The root's child per UTF-16 unit or 0: the root has thousands of children, other nodes a few. */
  private readonly root = new Int32Array(65536);
  private readonly scores: Float64Array;
  private readonly unknownScore: number;
  private readonly unknownId: number;
  // Scratch of `segment`, grown as needed.
  private best = new Float64Array(256);
  private from = new Int32Array(256);
  private via = new Int32Array(256);

  constructor(model: UnigramModel) {
    if (typeof model.unk_id !== 'number' || model.vocab[model.unk_id] === undefined) {
      throw new Error('The Unigram model names no unknown piece (unk_id).');
    }
    this.unknownId = model.unk_id;
    this.scores = Float64Array.from(model.vocab, ([, score]) => score);
    let lowest = Number.POSITIVE_INFINITY;
    for (const score of this.scores) {
      lowest = Math.min(lowest, score);
    }
    this.unknownScore = lowest - UNKNOWN_PENALTY;

    // Of equal pieces the last one counts, as in a hash map.
    const ids = new Map(model.vocab.map(([piece], id) => [piece, id]));
    ids.delete('');
    // By UTF-16 units (what a plain sort does), so that the pieces below one node are consecutive.
    const trie = buildTrie([...ids.keys()].sort(), ids);
    this.firstChild = trie.firstChild;
    this.childCount = trie.childCount;
    this.label = trie.label;
    this.piece = trie.piece;
    for (let i = 0; i < this.childCount[0]!; i++) {
      const child = this.firstChild[0]! + i;
      this.root[this.label[child]!] = child;
    }
  }

  /** Appends the ids of the likeliest segmentation; runs of unknown characters become one unknown id. */
  segment(word: string, out: number[]): void {
    const length = word.length;
    if (this.best.length <= length) {
      this.best = new Float64Array(2 * length);
      this.from = new Int32Array(2 * length);
      this.via = new Int32Array(2 * length);
    }
    const { best, from, via, piece, scores } = this;
    from.fill(-1, 0, length + 1);
    best[0] = 0;
    for (let start = 0; start < length; ) {
      const unit = word.charCodeAt(start);
      const isPair = unit >= 0xd800 && unit < 0xdc00 && (word.charCodeAt(start + 1) & 0xfc00) === 0xdc00;
      const step = isPair ? 2 : 1;
      const base = best[start]!;
      let hasSingle = false;
      let node = this.root[unit]!;
      for (let end = start + 1; node > 0; end++) {
        const id = piece[node]!;
        if (id >= 0) {
          const score = base + scores[id]!;
          // Strictly better only: of two equal paths the first found stays, as in Rust.
          if (from[end]! < 0 || score > best[end]!) {
            best[end] = score;
            from[end] = start;
            via[end] = id;
          }
          hasSingle ||= end - start === step;
        }
        node = end < length ? this.child(node, word.charCodeAt(end)) : 0;
      }
      if (!hasSingle) {
        const end = start + step;
        const score = base + this.unknownScore;
        if (from[end]! < 0 || score > best[end]!) {
          best[end] = score;
          from[end] = start;
          via[end] = this.unknownId;
        }
      }
      start += step;
    }
    const first = out.length;
    let lastWasUnknown = false;
    for (let end = length; end > 0; end = from[end]!) {
      const id = via[end]!;
      const isUnknown = id === this.unknownId;
      if (!(isUnknown && lastWasUnknown)) {
        out.push(id);
      }
      lastWasUnknown = isUnknown;
    }
    reverseFrom(out, first);
  }

  private child(node: number, unit: number): number {
    let low = this.firstChild[node]!;
    let high = low + this.childCount[node]! - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const label = this.label[middle]!;
      if (label === unit) {
        return middle;
      }
      if (label < unit) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return 0;
  }
}

function reverseFrom(list: number[], first: number): void {
  for (let i = first, j = list.length - 1; i < j; i++, j--) {
    const swap = list[i]!;
    list[i] = list[j]!;
    list[j] = swap;
  }
}

/** Breadth-first trie over sorted pieces; node 0 is the root. */
function buildTrie(pieces: readonly string[], ids: ReadonlyMap<string, number>) {
  const firstChild: number[] = [0];
  const childCount: number[] = [0];
  const label: number[] = [0];
  const piece: number[] = [-1];
  // Each node's run of pieces [from, to) and its depth, in the order of the nodes.
  const runs: [number, number, number][] = [[0, pieces.length, 0]];
  for (let node = 0; node < runs.length; node++) {
    const [from, to, depth] = runs[node]!;
    firstChild[node] = runs.length;
    let at = from;
    for (; at < to && pieces[at]!.length === depth; at++) {
      piece[node] = ids.get(pieces[at]!)!;
    }
    while (at < to) {
      const unit = pieces[at]!.charCodeAt(depth);
      let end = at + 1;
      while (end < to && pieces[end]!.charCodeAt(depth) === unit) {
        end++;
      }
      runs.push([at, end, depth + 1]);
      label.push(unit);
      piece.push(-1);
      childCount.push(0);
      firstChild.push(0);
      childCount[node]! += 1;
      at = end;
    }
  }
  return {
    firstChild: Int32Array.from(firstChild),
    childCount: Int32Array.from(childCount),
    label: Uint16Array.from(label),
    piece: Int32Array.from(piece),
  };
}
