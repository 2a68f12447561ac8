import type { Channel } from 'node:diagnostics_channel';

/** What all events say of the work that they report. */
export interface TraceEvent {
  /** How long it took. */
  readonly milliseconds: number;
  /** The code of the error it ended in; `undefined` if it succeeded. */
  readonly error: string | undefined;
}

/**
 * Runs work, and publishes how it went on a channel of `node:diagnostics_channel`. `describe` makes the rest of the event.
 * Nothing is made when nobody listens.
 */
export async function traced<Event extends TraceEvent, Result>(
  channel: Channel,
  work: () => Promise<Result>,
  describe: (result: Result | undefined) => Omit<Event, keyof TraceEvent>,
): Promise<Result> {
  if (!channel.hasSubscribers) return work();
  const start = performance.now();
  const report = (result: Result | undefined, error: string | undefined): void =>
    channel.publish({ ...describe(result), milliseconds: performance.now() - start, error });
  try {
    const result = await work();
    report(result, undefined);
    return result;
  } catch (error) {
    report(undefined, String((error as { code?: unknown }).code ?? 'ERR_UNEXPECTED'));
    throw error;
  }
}
