/** The first of both once both have settled, or the failure: nothing goes on behind the back of the caller. */
export async function bothOf<Value>(first: Promise<Value>, second: Promise<unknown>): Promise<Value> {
  await Promise.allSettled([first, second]);
  await second;
  return first;
}
