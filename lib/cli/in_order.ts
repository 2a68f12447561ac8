/**
 * Runs `work` on every item, up to `jobs` at a time, and yields the results in the order of the items.
 * The first rejection ends it. Work that still runs then finishes by itself.
 */
export async function* inOrder<Item, Result>(
  items: readonly Item[],
  jobs: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const running: Promise<Result>[] = [];
  let next = 0;
  while (next < items.length || running.length > 0) {
    while (next < items.length && running.length < jobs) {
      const result = work(items[next++] as Item);
      // Mark it as handled: it is awaited below, unless an earlier one rejects.
      result.catch(() => {});
      running.push(result);
    }
    const first = running.shift();
    if (first) yield await first;
  }
}
