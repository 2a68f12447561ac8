import { type NativeFeed, native } from '../../native/binding.js';
import { temporaryFolder } from '../../native/permission.js';
import { type ByteStream, bytesOf, producerOf } from '../../producers/producer.js';
import type { Producer } from '../../producers/types.js';

/**
 * Moves bytes from a stream to the thread that decodes them, no faster than that takes them: at most a mebibyte
 * and one chunk wait in between. One pump serves one decode.
 */
export class FeedPump {
  readonly native: NativeFeed;
  /** What the producer failed with. */
  failure: unknown;
  readonly #producer: Producer;
  #finished = false;

  /** @throws {TypeError} The stream is locked to another reader. */
  constructor(stream: ByteStream, inputBytes: number) {
    this.#producer = producerOf(stream);
    this.native = new native.Feed(inputBytes, temporaryFolder());
  }

  /** Starts reading. Never rejects: a failure reaches the decode through the feed, and `failure` holds its cause. */
  async run(): Promise<void> {
    try {
      while (true) {
        const { done, value } = await this.#producer.next();
        if (done) break;
        const hasRoom = this.native.push(bytesOf(value));
        if (!hasRoom && !(await this.native.room())) return;
      }
      this.#finished = true;
      this.native.end();
    } catch (error) {
      this.failure = error;
      this.native.fail();
    }
  }

  /** The decode is over: what has not been read is not wanted any more. */
  close(): void {
    this.native.close();
    if (this.#finished) return;
    this.#finished = true;
    // Not awaited: a producer that hangs must not hold up the result.
    void (async () => this.#producer.stop())().catch(() => {});
  }
}
