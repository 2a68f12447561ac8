import { untilAborted } from '../../async/abort.js';
import type { Transcript } from '../../transcript.js';
import { checkTranscript } from './failure.js';
import { RunState } from './run_state.js';
import type { AskPart, Part, PartsPlan } from './types.js';

/**
 * Asks for the text of each part, several at a time, and merges them. The language of the first part is that of all,
 * unless the caller gave one. It owns `parts`, and leaves it in the end.
 *
 * @throws {AbortError} The signal aborted. Nothing is asked for any more; it does not wait for those who ignore it.
 * @throws {TranscriptPartialError} Some parts failed.
 * @throws {CochleaError} All did: the first failure.
 * @throws What a function of the caller threw.
 */
export async function transcribeParts(
  parts: AsyncGenerator<Part, void>,
  ask: AskPart,
  plan: PartsPlan,
): Promise<Transcript> {
  const state = new RunState(parts, plan);
  const one = async (): Promise<void> => {
    const part = await state.next();
    if (part === undefined) return;
    try {
      state.succeed(part, state.known(part) ?? checkTranscript(await ask(part, state.context(part))));
    } catch (thrown) {
      state.fail(part, thrown);
    }
  };
  const lane = async (): Promise<void> => {
    while (!state.isOver) await one();
  };
  const lanes = Array.from({ length: plan.chain ? 1 : plan.concurrency });
  try {
    // The first one alone: the others need its language.
    const all = one().then(() => Promise.all(lanes.map(lane)));
    await untilAborted(all, plan.signal);
    return state.result();
  } finally {
    state.stop();
  }
}
