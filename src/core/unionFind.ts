// Union-find: which items belong together when links between pairs are given one by one.

/** Disjoint sets over the items 0 .. size - 1 (Tarjan 1975; union by size, path halving). */
export class UnionFind {
  private readonly parent: Int32Array;
  private readonly sizes: Int32Array;

  constructor(readonly size: number) {
    this.parent = Int32Array.from({ length: size }, (_, i) => i);
    this.sizes = new Int32Array(size).fill(1);
  }

  /** The item that stands for the set of `item`; changes with unions. */
  find(item: number): number {
    const { parent } = this;
    let at = item;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  }

  same(a: number, b: number): boolean {
    return this.find(a) === this.find(b);
  }

  /** Joins the sets of `a` and `b`. */
  union(a: number, b: number): void {
    let small = this.find(a);
    let large = this.find(b);
    if (small === large) return;
    if (this.sizes[small]! > this.sizes[large]!) [small, large] = [large, small];
    this.parent[small] = large;
    this.sizes[large]! += this.sizes[small]!;
  }

  /** All sets: items in ascending order, sets by their first item. */
  groups(): number[][] {
    const byRoot = new Map<number, number[]>();
    for (let item = 0; item < this.size; item++) {
      const root = this.find(item);
      const group = byRoot.get(root);
      if (group) group.push(item);
      else byRoot.set(root, [item]);
    }
    return [...byRoot.values()];
  }
}
