/** Reads an iterable ahead of its reader, so that several work at a time. It is for small values: all of them are kept. */
export class Pump<Value> implements AsyncIterable<Value> {
  readonly #values: Value[] = [];
  #end: { readonly error?: unknown } | undefined;
  #wake = (): void => {};

  constructor(source: AsyncIterable<Value>) {
    void this.#run(source);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Value, void> {
    for (;;) {
      yield* this.#values.splice(0);
      if (this.#values.length > 0) continue;
      if (this.#end && 'error' in this.#end) throw this.#end.error;
      if (this.#end) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #run(source: AsyncIterable<Value>): Promise<void> {
    try {
      for await (const value of source) {
        this.#values.push(value);
        this.#wake();
      }
      this.#end = {};
    } catch (error) {
      this.#end = { error };
    }
    this.#wake();
  }
}
