/** Two tokens that are joined into one. Those that come earlier in the list are joined first. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly into: number;
}

/** Ids of tokens are smaller, so a pair of them is a whole number below 2⁵³. */
export const idLimit = 2 ** 20;

/**
 * Byte-pair encoding as in Hugging Face's `tokenizers`: of all pairs of neighbours that have a merge, that with the
 * earliest merge is joined, the leftmost of them first, until none is left.
 *
 * A heap of the pairs keeps the time to n log n, whatever the word is: a text without blanks is one word.
 */
export class BytePairs {
  readonly #bytes: ArrayLike<number>;
  readonly #ranks = new Map<number, number>();
  readonly #into: Uint32Array;

  /** @param bytes The token of each byte. */
  constructor(bytes: ArrayLike<number>, merges: readonly Merge[]) {
    this.#bytes = bytes;
    this.#into = Uint32Array.from(merges, ({ into }) => into);
    for (const [rank, { left, right }] of merges.entries()) this.#ranks.set(left * idLimit + right, rank);
  }

  /** Appends the tokens of one word to `ids`. */
  encode(word: Uint8Array, ids: number[]): void {
    const count = word.length;
    if (count === 0) return;
    const token = Uint32Array.from(word, (byte) => this.#bytes[byte] as number);
    // Neighbours of each token that is left, by the position of its first byte; `count` is behind the last one.
    const next = Uint32Array.from(token, (_, i) => i + 1);
    const previous = Int32Array.from(token, (_, i) => i - 1);
    // Of the token at each position and its right neighbour; -1 if they have no merge, or if the token is gone.
    const rank = new Int32Array(count).fill(-1);
    // Each join makes two new pairs at most.
    const heap = new Heap(3 * count);
    const rate = (at: number): void => {
      const right = next[at] as number;
      rank[at] = right < count ? this.#rank(token[at] as number, token[right] as number) : -1;
      if (rank[at] !== -1) heap.push((rank[at] as number) * 2 ** 32 + at);
    };
    for (let at = 0; at < count - 1; at++) rate(at);
    for (let first = heap.pop(); first !== undefined; first = heap.pop()) {
      const at = first % 2 ** 32;
      const merge = (first - at) / 2 ** 32;
      // Since this pair was pushed, one of its tokens was joined with another.
      if (rank[at] !== merge) continue;
      const gone = next[at] as number;
      const after = next[gone] as number;
      token[at] = this.#into[merge] as number;
      next[at] = after;
      rank[gone] = -1;
      if (after < count) previous[after] = at;
      rate(at);
      const before = previous[at] as number;
      if (before >= 0) rate(before);
    }
    for (let at = 0; at < count; at = next[at] as number) ids.push(token[at] as number);
  }

  #rank(left: number, right: number): number {
    return this.#ranks.get(left * idLimit + right) ?? -1;
  }
}

/** A binary heap: the smallest number comes first. */
class Heap {
  readonly #items: Float64Array;
  #size = 0;

  constructor(capacity: number) {
    this.#items = new Float64Array(capacity);
  }

  push(item: number): void {
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#items[parent] as number;
      if (above <= item) break;
      this.#items[at] = above;
      at = parent;
    }
    this.#items[at] = item;
  }

  pop(): number | undefined {
    if (this.#size === 0) return undefined;
    const top = this.#items[0];
    const last = this.#items[--this.#size] as number;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && (this.#items[child + 1] as number) < (this.#items[child] as number)) child++;
      const below = this.#items[child] as number;
      if (below >= last) break;
      this.#items[at] = below;
      at = child;
    }
    this.#items[at] = last;
    return top;
  }
}
