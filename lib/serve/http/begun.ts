/**
 * The same values, once the first is there: what fails before it is answered with a status of its own. Once an answer has
 * begun, it can only be cut.
 */
export async function begun<Value>(values: AsyncGenerator<Value, void>): Promise<AsyncGenerator<Value, void>> {
  const first = await values.next();
  return (async function* () {
    try {
      if (first.done) return;
      yield first.value;
      yield* values;
    } finally {
      await values.return();
    }
  })();
}

/** A server-sent event with JSON. */
export function eventText(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}
