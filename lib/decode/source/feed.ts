import { type NativeFeed, native } from '../../native/binding.js';
import { temporaryFolder } from '../../native/permission.js';
import { type ByteStream, bytesOf, producerOf } from '../../producers/producer.js';
import type { Producer } from '../../producers/types.js';

/**
 * Moves bytes from a stream to the thread that decodes them, as fast as that thread accepts them: at most a mebibyte
 * and one chunk wait in between. One pump serves one decode.
 */
export class FeedPump {
  readonly native: NativeFeed;
  /** The error of the producer. */
  failure: unknown;
  readonly #producer: Producer;
  #finished = false;

  /** @throws {TypeError} The stream is locked to another reader. */
  constructor(stream: ByteStream, inputBytes: number) {
    this.#producer = producerOf(stream);
    this.native = new native.Feed(inputBytes, temporaryFolder());
  }

  /**
   * Reads the stream to its end. Never rejects: the decode learns of a failure through the feed; `failure` holds its
   * cause.
   */
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

  /** Ends reading, after the decode has ended. */
  close(): void {
    this.native.close();
    if (this.#finished) return;
    this.#finished = true;
    // Not awaited: a producer that hangs must not delay the result.
    void (async () => this.#producer.stop())().catch(() => {});
  }
}
