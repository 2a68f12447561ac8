import CachePolicy from 'http-cache-semantics';

/** Headers of an answer, as undici gives them. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Headers that decide whether an answer may be used again (RFC 9111). No others are kept. */
const kept = ['age', 'cache-control', 'date', 'etag', 'expires', 'last-modified', 'pragma', 'vary'];

/** One answer on the way from an address to its body: a redirect, or the last. */
interface Hop {
  readonly url: string;
  readonly policy: CachePolicy;
}

/**
 * How long the answer of an address may be used, according to every server on the way. The cache is shared by many
 * users, so answers marked `private` are not kept. Freshness is not guessed: if no lifetime is stated, the server is
 * asked each time.
 */
export class Freshness {
  readonly #requestHeaders: Readonly<Record<string, string>>;
  readonly #hops: Hop[] = [];
  #bytes = 0;

  constructor(requestHeaders: Readonly<Record<string, string>>) {
    this.#requestHeaders = requestHeaders;
  }

  /** Adds the next answer on the way. The last one gives the body. */
  add(url: URL, status: number, headers: Headers): void {
    const answer = { status, headers: relevant(headers) };
    const policy = new CachePolicy(this.#request(url.href), answer, { cacheHeuristic: 0, immutableMinTimeToLive: 0 });
    this.#push(url, policy);
  }

  /** The body of `before` has not changed: applies the headers of the answer 304 to it. */
  addUnchanged(url: URL, headers: Headers, before: Freshness): void {
    const last = before.#hops.at(-1);
    if (last === undefined) throw new Error('without an earlier answer nothing can be unchanged');
    const answer = { status: 304, headers: relevant(headers) };
    const { policy } = last.policy.revalidatedPolicy(this.#request(url.href), answer);
    this.#push(url, policy);
  }

  /** Approximate size in memory, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the answer may be cached at all. */
  get storable(): boolean {
    return this.#hops.at(-1)?.policy.storable() === true;
  }

  /**
   * Whether the answer may be used without asking the server. Nothing stale is ever used, so `must-revalidate` needs no
   * special treatment.
   */
  get fresh(): boolean {
    return this.#hops.every(({ policy }) => !policy.stale());
  }

  /** Headers that ask this address whether its body has changed; none if the body came from another address. */
  validators(url: URL): Record<string, string> {
    const last = this.#hops.at(-1);
    if (last?.url !== url.href) return {};
    const headers = last.policy.revalidationHeaders(this.#request(url.href));
    return Object.fromEntries(
      ['if-none-match', 'if-modified-since'].flatMap((name) => {
        const value = headers[name];
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    );
  }

  #push({ href: url }: URL, policy: CachePolicy): void {
    this.#hops.push({ url, policy });
    // The policy holds the address, the headers, and values parsed from them.
    this.#bytes += 1024 + 2 * (url.length + JSON.stringify(policy.responseHeaders()).length);
  }

  #request(url: string): CachePolicy.HttpRequest {
    return { url, method: 'GET', headers: { ...this.#requestHeaders, host: new URL(url).host } };
  }
}

function relevant(headers: Headers): Record<string, string | string[] | undefined> {
  return Object.fromEntries(kept.flatMap((name) => (name in headers ? [[name, headers[name]]] : [])));
}
