const blockBytes = 64 * 1024;

/**
 * A queue of bytes. Small pieces are copied together: otherwise a sender of single bytes would cost two hundred times
 * as much memory as it sends. Large pieces are not copied.
 */
export class Blocks {
  readonly #full: Uint8Array[] = [];
  /** Collects small pieces. The bytes before `#start` were already taken. */
  #block = new Uint8Array(0);
  #start = 0;
  #end = 0;

  push(chunk: Uint8Array): void {
    if (chunk.byteLength > this.#block.byteLength - this.#end) {
      this.#flush();
      if (chunk.byteLength >= blockBytes / 4) {
        this.#full.push(chunk);
        return;
      }
      this.#block = new Uint8Array(blockBytes);
      this.#start = 0;
      this.#end = 0;
    }
    this.#block.set(chunk, this.#end);
    this.#end += chunk.byteLength;
  }

  /** Takes the oldest bytes; `undefined` if there are none. */
  shift(): Uint8Array | undefined {
    if (this.#full.length === 0) this.#flush();
    return this.#full.shift();
  }

  /** Takes all bytes. */
  join(): Uint8Array {
    this.#flush();
    const blocks = this.#full.splice(0);
    return blocks.length === 1 ? (blocks[0] as Uint8Array) : Buffer.concat(blocks);
  }

  #flush(): void {
    if (this.#end > this.#start) this.#full.push(this.#block.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}
