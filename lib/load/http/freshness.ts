import CachePolicy from 'http-cache-semantics';

/** Headers of an answer, as undici gives them. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What decides whether an answer may be used again (RFC 9111). The rest is not kept. */
const kept = ['age', 'cache-control', 'date', 'etag', 'expires', 'last-modified', 'pragma', 'vary'];

/** One answer on the way from an address to its body: a redirect, or the last. */
interface Hop {
  readonly url: string;
  readonly policy: CachePolicy;
}

/**
 * How long what an address led to may be used, by the word of every server on the way. The cache is one
 * that many share: `private` is not kept. Age is not guessed: without a stated one, the server is asked each time.
 */
export class Freshness {
  readonly #requestHeaders: Readonly<Record<string, string>>;
  readonly #hops: Hop[] = [];
  #bytes = 0;

  constructor(requestHeaders: Readonly<Record<string, string>>) {
    this.#requestHeaders = requestHeaders;
  }

  /** The answers in their order; the last one gave the body. */
  add(url: URL, status: number, headers: Headers): void {
    const answer = { status, headers: relevant(headers) };
    const policy = new CachePolicy(this.#request(url.href), answer, { cacheHeuristic: 0, immutableMinTimeToLive: 0 });
    this.#push(url, policy);
  }

  /** The body is the same as the one that `before` came with: takes over what the answer 304 says about it. */
  addUnchanged(url: URL, headers: Headers, before: Freshness): void {
    const last = before.#hops.at(-1);
    if (last === undefined) throw new Error('without an earlier answer nothing can be unchanged');
    const answer = { status: 304, headers: relevant(headers) };
    const { policy } = last.policy.revalidatedPolicy(this.#request(url.href), answer);
    this.#push(url, policy);
  }

  /** About as much memory as it takes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether it may be kept at all. */
  get storable(): boolean {
    return this.#hops.at(-1)?.policy.storable() === true;
  }

  /**
   * Whether it may be used without asking. Requests are all alike, and nothing stale is ever used: so
   * `must-revalidate`, which concerns only that, asks for nothing more.
   */
  get fresh(): boolean {
    return this.#hops.every(({ policy }) => !policy.stale());
  }

  /** The headers that ask this address whether its body is still the same; none if it did not give it. */
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
    // The policy holds the address and the headers, and what it read in them.
    this.#bytes += 1024 + 2 * (url.length + JSON.stringify(policy.responseHeaders()).length);
  }

  #request(url: string): CachePolicy.HttpRequest {
    return { url, method: 'GET', headers: { ...this.#requestHeaders, host: new URL(url).host } };
  }
}

function relevant(headers: Headers): Record<string, string | string[] | undefined> {
  return Object.fromEntries(kept.flatMap((name) => (name in headers ? [[name, headers[name]]] : [])));
}
