/** The gateway at its capacity, below it, and at four times of it, over an engine that answers at once. */
import { fileURLToPath } from 'node:url';
import { transcribe } from '../serve/clients.mjs';
import { clips } from '../serve/clips.mjs';
import * as overload from '../serve/overload.mjs';
import { Service } from '../serve/service.mjs';

const script = fileURLToPath(new URL('gateway_child.mjs', import.meta.url));

/** @param {{seconds: number, progress: (text: string) => void}} run */
export async function gateway({ seconds, progress }) {
  const mixed = await clips([1, 3, 5, 10, 20, 29]);
  const service = await Service.start([], undefined, [script]);
  try {
    const route = '/v1/audio/transcriptions';
    return await overload.phasesOf(service, mixed, { seconds, progress, ask: transcribe, route });
  } finally {
    await service.stop();
  }
}

export const table = (phases) =>
  overload.table(
    phases,
    'A gateway at its capacity and above it',
    'Transcriptions of uploads of 1 to 29 s in four formats, by an engine that answers at once',
  );
