import { split } from '../../decode/index.js';
import { LimitError } from '../../errors.js';
import type { OpenedSource } from '../../load/index.js';
import type { Damage } from '../../media_info.js';
import { byCaller } from './failure.js';
import type { Part, PartsPlan } from './types.js';

/** As all models of speech want it. */
export const partFormat = { channels: 1, sampleRate: 16_000 } as const;

/** Seconds before the longest part that are searched for a quiet place. */
const longestSearch = 30;
/** 0.3 s of quiet: what is shorter may be inside a word. */
const quietFrames = 0.3 * partFormat.sampleRate;
/** Servers refuse less than 0.1 s, and models invent text in slivers. */
const shortestTail = 1;

/**
 * Parts of a recording, cut at quiet places while it is decoded. They follow each other without gap or overlap, and
 * together they are the whole decode. Only those that were asked for are in memory.
 *
 * @throws {LimitError} The audio is longer than the loader allows. What is before that was given.
 */
export async function* partsOf(
  { decoder, encoded, maxSeconds: most }: OpenedSource,
  maxSeconds: number,
  { signal, onDamage }: Pick<PartsPlan, 'signal' | 'onDamage'>,
): AsyncGenerator<Part, void> {
  const searchSeconds = Math.min(longestSearch, maxSeconds / 4);
  const minTailSeconds = Math.min(shortestTail, searchSeconds);
  const cuts = { maxSeconds, searchSeconds, windowFrames: quietFrames, minTailSeconds };
  let index = 0;
  const stream = decoder.stream(encoded, { ...partFormat, seconds: 1, signal });
  for await (const samples of split(stream, cuts)) {
    const seconds = samples.frames / samples.sampleRate;
    const end = samples.start + seconds;
    if (end > most) throw new LimitError(`the audio is longer than ${most} s`, 'seconds', most, end);
    yield { index: index++, start: samples.start, seconds, audio: samples };
  }
  tellDamage(stream.damage, onDamage);
}

/** @throws {CallersError} `onDamage` threw. */
export function tellDamage(damage: Damage, onDamage: PartsPlan['onDamage']): void {
  const { packets, nonFinite, truncated } = damage;
  if (packets > 0 || nonFinite > 0 || truncated) byCaller(() => onDamage(damage));
}
