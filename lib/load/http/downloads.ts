import type { Admission } from '../admission.js';
import { traced } from '../diagnostics.js';
import type { Policy } from '../guard/guard.js';
import type { FetchSettings } from '../options.js';
import type { Body } from './body.js';
import { Deadline } from './deadline.js';
import { type Answer, Fetcher } from './fetcher.js';
import type { Freshness } from './freshness.js';
import { retryDelay } from './retry.js';

/** A request for an address, and its caller. */
export interface DownloadRequest<Result> {
  readonly url: URL;
  readonly label: string;
  readonly signal: AbortSignal;
  readonly unchanged?: Unchanged<Result> | undefined;
}

/** An earlier answer: its freshness, and what to do if it has not changed. */
interface Unchanged<Result> {
  readonly freshness: Freshness;
  readonly use: (freshness: Freshness) => Result;
}

/** The answer of an address. */
export interface Download {
  readonly freshness: Freshness;
  readonly body: Body;
  /** The whole body, if it is small. */
  readonly bytes: Uint8Array | undefined;
}

/** Fetches addresses within the limits of the loader: concurrency, time, retries. */
export class Downloads {
  readonly #fetcher: Fetcher;
  readonly #admission: Admission;
  readonly #settings: FetchSettings;

  constructor(policy: Policy, settings: FetchSettings, admission: Admission) {
    this.#fetcher = new Fetcher(policy, settings);
    this.#admission = admission;
    this.#settings = settings;
  }

  /**
   * Fetches, and uses the answer. Repeats both if the connection is lost, even while the body is being decoded, or if
   * the server asks to try later.
   */
  async fetch<Result>(wanted: DownloadRequest<Result>, use: (download: Download) => Promise<Result>): Promise<Result> {
    const leave = await this.#admission.download(wanted.signal);
    const deadline = new Deadline(this.#settings.timeout, wanted.signal);
    try {
      for (let tries = 1; ; tries++) {
        try {
          return await this.#once(wanted, deadline, tries, use);
        } catch (error) {
          const delay = retryDelay(error, tries, this.#settings.retries);
          if (delay === undefined || delay >= deadline.left) throw error;
          await deadline.sleep(delay);
        }
      }
    } finally {
      deadline.end();
      leave();
    }
  }

  close(): Promise<void> {
    return this.#fetcher.close();
  }

  async #once<Result>(
    wanted: DownloadRequest<Result>,
    deadline: Deadline,
    tries: number,
    use: (download: Download) => Promise<Result>,
  ): Promise<Result> {
    const { url, label, unchanged } = wanted;
    let body: Body | undefined;
    const get = async (): Promise<Answer & { readonly bytes: Uint8Array | undefined }> => {
      const answer = await this.#fetcher.fetch({ url, label, deadline, before: unchanged?.freshness });
      ({ body } = answer);
      return { ...answer, bytes: await body?.collect() };
    };
    try {
      const { freshness, bytes } = await traced('fetch', get, () => ({ label, tries, bytes: body?.bytes ?? 0 }));
      if (body) return await use({ freshness, body, bytes });
      // No body: the answer has not changed. The fetcher asks for that only if there was an earlier answer.
      return (unchanged as Unchanged<Result>).use(freshness);
    } catch (error) {
      // The decoder only knows that its source failed.
      throw body?.failure ?? error;
    } finally {
      body?.destroy();
    }
  }
}
