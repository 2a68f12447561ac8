/** Plays a recording to a stream, piece by piece, in the audio's own time: how fast the machine is does not count. */

/** An async iterable that gives what is pushed. */
class Pieces {
  #waiting = [];
  #give;
  isLeft = false;

  /** Whether all pieces were taken, and the next is asked for. */
  get isWanted() {
    return this.#give !== undefined;
  }

  push(result) {
    const give = this.#give;
    this.#give = undefined;
    if (give) give(result);
    else this.#waiting.push(result);
  }

  [Symbol.asyncIterator]() {
    const next = () =>
      this.#waiting.length > 0
        ? Promise.resolve(this.#waiting.shift())
        : new Promise((resolve) => {
            this.#give = resolve;
          });
    const leave = async () => {
      this.isLeft = true;
      return { value: undefined, done: true };
    };
    return { next, return: leave };
  }
}

/**
 * Until nothing more comes out: the decoder sleeps for want of bytes, and goes on doing so. On a busy machine it may only
 * not have woken up yet, so that no test depends on it.
 */
export async function allOut(native, feed) {
  for (let calm = 0; calm < 5 && !feed.isLeft; ) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const { running, waiting, stalled } = native.load();
    calm = feed.isWanted && running === 0 && waiting === 0 && stalled === 1 ? calm + 1 : 0;
  }
}

/**
 * @typedef {object} Arrival  A chunk, and when it came; infinite of those that came with the end.
 * @property {import('../../dist/index.js').AudioChunk} chunk
 * @property {number} at
 */

/**
 * @param {import('../../dist/index.js').AudioDecoder} decoder
 * @param {{bytes: Uint8Array, at: number}[]} pieces  `at`: seconds of the recording when it comes
 * @param {import('../../dist/index.js').StreamOptions} options
 * @param {(index: number, arrivals: Arrival[], feed: Pieces) => Promise<void>} settle  waits until that piece has come
 *   out
 * @returns {Promise<Arrival[]>}
 */
export async function play(decoder, pieces, options, settle) {
  const feed = new Pieces();
  const arrivals = [];
  let at = 0;
  const reading = (async () => {
    for await (const chunk of decoder.stream(feed, options)) arrivals.push({ chunk, at });
  })();
  for (const [index, piece] of pieces.entries()) {
    at = piece.at;
    feed.push({ value: piece.bytes, done: false });
    await Promise.race([settle(index, arrivals, feed), reading]);
  }
  at = Number.POSITIVE_INFINITY;
  feed.push({ value: undefined, done: true });
  await reading;
  return arrivals;
}

/**
 * Milliseconds from a sample's place in the recording to when it came out: of the first, and on average of those that
 * came before the end.
 */
export function lagOf(arrivals) {
  let sum = 0;
  let count = 0;
  for (const { chunk, at } of arrivals.filter((arrival) => Number.isFinite(arrival.at))) {
    for (let i = 0; i < chunk.frames; i++) sum += at - (chunk.startFrame + i) / chunk.sampleRate;
    count += chunk.frames;
  }
  return { first: 1000 * arrivals[0].at, mean: (1000 * sum) / count };
}

/** All samples, of one channel. @returns {Float32Array} */
export function joined(arrivals) {
  const samples = new Float32Array(arrivals.reduce((sum, { chunk }) => sum + chunk.frames, 0));
  for (const { chunk } of arrivals) samples.set(chunk.data, chunk.startFrame);
  return samples;
}
