import { FetchFailedError } from '../../errors.js';

/** Milliseconds before the second try; doubled for each further one. */
const firstDelay = 200;
const passing = [429, 502, 503, 504];

/**
 * Milliseconds to wait before an address is asked again; `undefined` if that is not worth it. The server's
 * `Retry-After` counts; otherwise the time is drawn at random around the usual one, so that those who failed together
 * do not come back together.
 */
export function retryDelay(error: unknown, tries: number, retries: number): number | undefined {
  if (!(error instanceof FetchFailedError) || tries > retries) return undefined;
  const { reason, status, retryAfter } = error;
  const lost = reason === 'reset' || reason === 'incomplete';
  if (!lost && !(status !== null && passing.includes(status))) return undefined;
  if (retryAfter !== null) return retryAfter * 1000;
  return firstDelay * 2 ** (tries - 1) * (0.5 + Math.random());
}
