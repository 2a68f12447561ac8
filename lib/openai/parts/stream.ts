import { Leavable } from '../../async/leavable.js';
import type { Transcript } from '../../transcript.js';
import type { EngineEvent } from '../engine.js';
import { Joiner } from '../transcript/joiner.js';
import { movedSegment } from '../transcript/merge.js';
import { checkTranscript } from './failure.js';
import { Pump } from './pump.js';
import { RunState } from './run_state.js';
import type { Part, PartsPlan, StreamPart } from './types.js';

/**
 * What the engine says of each part, in the order of the parts, and then the merged transcript. Later parts are asked for
 * while the first ones are given. Times become those of the recording, and texts are joined as in the transcript.
 *
 * @returns Events. Iterating throws as `transcribeParts` does, behind what succeeded. Leaving the loop ends all requests.
 */
export function streamParts(
  parts: AsyncGenerator<Part, void>,
  ask: StreamPart,
  plan: PartsPlan,
): AsyncGenerator<EngineEvent, void, undefined> {
  const state = new RunState(parts, plan);
  const events = eventsOf(state, ask, plan);
  const steps = {
    next: async () => (await events.next()).value || undefined,
    close: async () => {
      state.stop();
      void events.return().catch(() => {});
    },
  };
  return new Leavable<EngineEvent>(steps, plan.signal);
}

interface Asked {
  readonly part: Part;
  readonly events: AsyncIterable<EngineEvent>;
}

async function* eventsOf(state: RunState, ask: StreamPart, plan: PartsPlan): AsyncGenerator<EngineEvent, void> {
  const asked: Asked[] = [];
  const fill = async (most: number): Promise<void> => {
    while (asked.length < most && !state.isOver) {
      const part = await state.next();
      if (part) asked.push({ part, events: new Pump(ask(part, state.context(part))) });
    }
  };
  const joiner = new Joiner();
  let id = 0;
  // The first one alone: the others need its language.
  for (await fill(1); asked.length > 0; await fill(plan.chain ? 1 : plan.concurrency)) {
    const { part, events } = asked.shift() as Asked;
    joiner.beginPart(state.language);
    let last: Transcript | undefined;
    try {
      for await (const event of events) {
        if (event.type === 'transcript') last = event.transcript;
        else if (event.type === 'segment') {
          yield { type: 'segment', segment: { ...movedSegment(event.segment, part, plan.speakers), id: id++ } };
        } else {
          const text = joiner.add(event.text);
          if (text !== '') yield { type: 'delta', text };
        }
      }
      state.succeed(part, checkTranscript(last));
    } catch (thrown) {
      state.fail(part, thrown);
    }
  }
  yield { type: 'transcript', transcript: state.result() };
}
