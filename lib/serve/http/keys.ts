import { createHash, timingSafeEqual } from 'node:crypto';

/** The keys of a service. They are kept as hashes, and compared in a time that says nothing about them. */
export class Keys {
  readonly #hashes: readonly Buffer[];

  constructor(keys: readonly string[]) {
    this.#hashes = keys.map(hash);
  }

  /** Whether the header `Authorization` has one of the keys, as `Bearer KEY`. */
  accept(authorization: string | undefined): boolean {
    const [, given = ''] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
    const candidate = hash(given);
    // All of them are compared: the time does not tell which one it was.
    return this.#hashes.reduce((found, known) => timingSafeEqual(known, candidate) || found, false);
  }
}

/** Of equal length for keys of any length, as `timingSafeEqual` needs. */
function hash(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
