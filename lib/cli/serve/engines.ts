import { basename, resolve } from 'node:path';
import type { AudioEngine } from '../../openai/index.js';
import type { ServeFlags } from './flags.js';

/** What makes text of audio, maybe on its way, and how it ends. */
export interface Engine {
  readonly engine: AudioEngine | Promise<AudioEngine>;
  close(): Promise<void>;
}

/** Servers, or Whisper in this process; `undefined` if neither was asked for. */
export async function engineOf(flags: ServeFlags, upstreamKey: string | undefined): Promise<Engine | undefined> {
  const { whisper, upstream } = flags;
  if (whisper !== undefined) return whisperOf(flags, whisper);
  return upstream && upstreamOf(upstream, upstreamKey);
}

async function upstreamOf(upstream: readonly string[], apiKey: string | undefined): Promise<Engine> {
  const { UpstreamEngine } = await import('../../openai/index.js');
  const addresses = upstream.flatMap((each) => each.split(',')).filter((each) => each !== '');
  const engine = new UpstreamEngine({ addresses, apiKey });
  return { engine, close: () => engine.close() };
}

/** Requests are answered with 503 until it is there. */
async function whisperOf({ provider, precision }: ServeFlags, folder: string): Promise<Engine> {
  const { Transcriber, TranscriberEngine } = await import('../../transcribe/index.js');
  const loading = Transcriber.load(folder, { provider, precision });
  const engine = loading.then((transcriber) => new TranscriberEngine(transcriber, basename(resolve(folder))));
  // Whoever waits for it has its failure.
  engine.catch(() => {});
  return {
    engine,
    close: async () => {
      const transcriber = await loading.catch(() => undefined);
      await transcriber?.close();
    },
  };
}
