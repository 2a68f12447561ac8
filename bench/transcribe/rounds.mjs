/** Rounds that go around all contenders, so that a machine that slows down slows all of them down. */
import { setTimeout as sleep } from 'node:timers/promises';
import { wordErrorRate, wordsOf } from './words.mjs';

/** A thread of OpenMP spins for 0.2 s after its work, beside whoever comes next. */
const apart = 300;
const longRounds = 3;

/**
 * @returns {Promise<object[]>} for each model, number of threads and contender: `{model, threads, name, base, peak, clips}`
 * or `{…, failed}`
 */
export async function measure({ models, threads, contenders, recordings, rounds, progress }) {
  const results = [];
  for (const model of models) {
    for (const count of threads) {
      const field = contenders.map(({ name, base, start }) => {
        const process = start(model, count);
        return { model, threads: count, name, base, process, peak: 0, clips: {}, failed: undefined };
      });
      try {
        await warm(field, recordings, progress);
        for (const recording of recordings) await compete(field, recording, rounds, progress);
      } finally {
        for (const { process } of field) await process.close();
      }
      results.push(...field.map(({ process: _, ...result }) => result));
    }
  }
  return results;
}

/** The shortest recording, once: the models are loaded, and code and threads are there. */
async function warm(field, recordings, progress) {
  const [shortest] = recordings.toSorted((a, b) => a.seconds - b.seconds);
  for (const contender of field) {
    progress(`${contender.model}, threads ${contender.threads}: ${contender.name} warms up`);
    await asked(contender, shortest);
  }
}

async function compete(field, recording, rounds, progress) {
  const many = recording.name === 'dialogue' ? Math.min(rounds, longRounds) : rounds;
  for (let round = 0; round < many; round++) {
    for (const contender of field) {
      progress(
        `${contender.model}, threads ${contender.threads}, ${recording.name}: round ${round + 1}, ${contender.name}`,
      );
      const answer = await asked(contender, recording);
      if (answer === undefined) continue;
      contender.peak = answer.peak;
      contender.clips[recording.name] ??= { seconds: recording.seconds, times: [] };
      const clip = contender.clips[recording.name];
      clip.times.push(answer.seconds);
      clip.words = wordsOf(answer.text).length;
      clip.expected = wordsOf(recording.text).length;
      clip.wordErrorRate = wordErrorRate(recording.text, answer.text);
    }
  }
}

async function asked(contender, { path }) {
  if (contender.failed !== undefined) return undefined;
  await sleep(apart);
  try {
    return await contender.process.ask({ path });
  } catch (error) {
    contender.failed = error.message;
    return undefined;
  }
}
