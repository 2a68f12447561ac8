import { statSync } from 'node:fs';
import { AudioLoader } from '../../load/index.js';
import { AudioClient, type Damage, type TranscribeParams, type UpstreamEngine } from '../../openai/index.js';
import { damageLines } from '../damage.js';
import type { Planned } from '../output/output_plan.js';
import { pipeOf } from '../pipes.js';
import type { Progress } from '../progress.js';
import { isAddress } from '../sources.js';
import { isStandardOutput } from '../standard_streams.js';
import { printable } from '../terminal.js';
import { duration } from '../wording.js';
import type { Format, Made, TranscribeFlags, Writer } from './flags.js';
import { KeptParts, versionOf } from './kept_parts.js';

/** Asks a server for the text, in parts. Those that are done are kept beside the output until it is written. */
export class ByServer implements Writer {
  /** Each source has as many parts under way as the server is asked for. */
  readonly jobs = 1;
  readonly #engine: UpstreamEngine;
  readonly #client: AudioClient;
  readonly #loader: AudioLoader;
  readonly #flags: TranscribeFlags;
  readonly #progress: Progress;
  readonly #signal: AbortSignal;

  /** @throws {TypeError | RangeError} An option is wrong. */
  constructor(engine: UpstreamEngine, flags: TranscribeFlags, progress: Progress, signal: AbortSignal) {
    const { concurrency, allowHttp, allowPrivate } = flags;
    this.#engine = engine;
    this.#loader = new AudioLoader({
      // The user has chosen the files and addresses, and waits as long as bytes arrive.
      allowedRoot: '/',
      allowHttp: allowHttp === true,
      allowPrivateAddresses: allowPrivate === true,
      fetch: { timeout: 24 * 3600 * 1000, bodyBytes: 512 * 1024 ** 2 },
      cache: { maxBytes: 0 },
      onProgress: (each) => progress.received(each),
    });
    this.#client = new AudioClient(engine, { loader: this.#loader, concurrency });
    this.#flags = flags;
    this.#progress = progress;
    this.#signal = signal;
  }

  async make({ file, path, format }: Planned<Format>): Promise<Made> {
    const flags = this.#flags;
    const progress = this.#progress;
    const signal = this.#signal;
    const piped = isAddress(file) ? undefined : await pipeOf(file);
    const length = piped ? null : await this.#lengthOf(file);
    const params = paramsOf(flags, format);
    const kept = piped || !isKeepable(path) ? undefined : new KeptParts(path, askedFor(file, flags, params));
    if (kept && kept.seconds > 0)
      progress.say(`${printable(file)}: going on: ${duration(kept.seconds)} are done already\n`);
    let parts = 0;
    let damage: Damage | undefined;
    const options = {
      signal,
      onDamage: (found: Damage) => {
        damage = found;
        if (!flags.json) progress.say(damageLines(file, found));
      },
      chain: flags.chain === true,
      known: (part: Parameters<KeptParts['known']>[0]) => kept?.known(part),
      onProgress: (part: Parameters<KeptParts['add']>[0]) => {
        parts++;
        kept?.add(part);
        progress.heard(part.seconds, length);
      },
    };
    const source = piped ?? file;
    const { timestamp_granularities: _, language: __, ...translation } = params;
    const result = flags.translate
      ? await this.#client.translate(source, translation as TranscribeParams<'json'>, options)
      : await this.#client.transcribe(source, params, options);
    return { result, facts: { parts }, damage, written: () => kept?.drop() };
  }

  async close(): Promise<void> {
    await Promise.all([this.#loader.close(), this.#engine.close()]);
  }

  async #lengthOf(file: string): Promise<number | null> {
    // Of an address, all of it would be fetched twice.
    if (isAddress(file)) return null;
    return (await this.#loader.probe(file, { signal: this.#signal })).duration;
  }
}

/** Whether something can lie beside the output: it is a file, or will be one. Writing says what is wrong with its path. */
function isKeepable(path: string): boolean {
  if (isStandardOutput(path)) return false;
  try {
    return statSync(path).isFile();
  } catch {
    return true;
  }
}

function paramsOf({ model, language, prompt, temperature, words }: TranscribeFlags, format: Format): TranscribeParams {
  return {
    model,
    response_format: format === 'txt' ? 'text' : format,
    language,
    prompt,
    temperature,
    ...(words && { timestamp_granularities: ['word', 'segment'] as const }),
  };
}

/** All that shapes the parts and their texts. The format does not: another one can be made of the same parts. */
function askedFor(
  file: string,
  flags: TranscribeFlags,
  { response_format: format, ...params }: TranscribeParams,
): object {
  const times = ['srt', 'vtt', 'verbose_json'].includes(format ?? '');
  const { baseUrl, partSeconds, partBytes, translate, chain } = flags;
  return { ...versionOf(file), params, times, baseUrl, partSeconds, partBytes, translate, chain };
}
