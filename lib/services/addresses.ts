import type { CochleaError } from '../errors.js';

/** What is known of an address. */
export interface AddressStats {
  /** As it was given. */
  readonly address: string;
  /** Requests under way. */
  readonly requests: number;
  /** Tries that failed since the last whole answer. */
  readonly failures: number;
  /** Milliseconds for which it is still put aside, as long as others are there. */
  readonly aside: number;
}

/** Milliseconds before what failed is asked again; doubled for each further failure, up to the longest. */
const firstRest = 200;
const longestRest = 10_000;
/** Milliseconds that a service may ask for at most: none is put aside for ever. */
const longestRetryAfter = 60_000;

/** Drawn at random around the usual time, so that those who failed together do not come back together. */
export function restAfter(failures: number): number {
  return Math.min(firstRest * 2 ** (failures - 1), longestRest) * (0.5 + Math.random());
}

/** One service. Times are those of `performance.now()`. */
export class Address {
  /** As error messages show it. */
  readonly name: string;
  /** Requests under way. */
  requests = 0;
  failures = 0;
  /** Until then, others are asked. */
  aside = 0;
  /** Why it was put aside. */
  failure: CochleaError | undefined;

  constructor(base: URL) {
    this.name = `${base.origin}${base.pathname.replace(/\/$/, '')}`;
  }

  /** The address of a route below it. */
  url(route: string): URL {
    return new URL(`${this.name}${route}`);
  }

  get isSecure(): boolean {
    return this.name.startsWith('https:');
  }

  get stats(): AddressStats {
    const { name, requests, failures } = this;
    return { address: name, requests, failures, aside: Math.max(0, Math.ceil(this.aside - performance.now())) };
  }

  /** The answer came whole. */
  worked(): void {
    this.failures = 0;
  }

  /** `retryAfter`: milliseconds that the service asks for. What fails at the same time fails once. */
  failed(failure: CochleaError, retryAfter: number | undefined): void {
    const now = performance.now();
    this.failure = failure;
    if (now >= this.aside) this.failures++;
    const rest = retryAfter === undefined ? restAfter(this.failures) : Math.min(retryAfter, longestRetryAfter);
    this.aside = Math.max(this.aside, now + rest);
  }
}

/** The services of a client. Nothing watches them: what is known comes from the requests. */
export class Addresses {
  readonly all: readonly Address[];
  #next = 0;

  constructor(bases: readonly URL[]) {
    this.all = bases.map((base) => new Address(base));
  }

  /** The one to ask next. `tried`: how often this request asked each one. */
  best(tried: ReadonlyMap<Address, number>): Address {
    const now = performance.now();
    // In order: one that is not put aside, or the first to come back; that this request has asked the fewest times; of
    // those that failed, one that nobody is trying already; with the fewest requests.
    const rank = (each: Address): readonly number[] => [
      each.aside > now ? each.aside : 0,
      tried.get(each) ?? 0,
      each.failures > 0 && each.requests > 0 ? 1 : 0,
      each.requests,
    ];
    // Equals take turns.
    const start = this.#next++ % this.all.length;
    const turned = [...this.all.slice(start), ...this.all.slice(0, start)];
    return turned.reduce((best, each) => (isLess(rank(each), rank(best)) ? each : best));
  }
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at >= 0 && (a[at] as number) < (b[at] as number);
}
