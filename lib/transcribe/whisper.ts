import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { untilAborted } from '../async/abort.js';
import { Semaphore } from '../async/semaphore.js';
import { ModelInvalidError } from '../errors.js';
import { chooseProvider, LoadedProgram, OnnxSession } from '../onnx/index.js';
import { AudioTower, type Provider, type TowerPrecision } from '../tower/index.js';
import { checkFiles, verifyFiles } from '../tower/inner.js';
import { type DecoderPrecision, readTranscriber, type TranscriberDescriptor } from './descriptor.js';
import type { AlignRequest, DecodeRequest, DecodeResult, DecoderCalls } from './thread/messages.js';
import { WhisperTokenizer } from './tokenizer/tokenizer.js';
import type { TranscriberOptions } from './types.js';
import { SpeechDetector } from './vad/detector.js';

/** Tokens that prompts are made of. */
export interface PromptTokens {
  readonly start: number;
  readonly previous: number | undefined;
  readonly transcribe: number | undefined;
  readonly translate: number | undefined;
  readonly noTimestamps: number;
}

/** What a loaded folder is made of. */
interface Parts {
  readonly descriptor: TranscriberDescriptor;
  readonly tokenizer: WhisperTokenizer;
  readonly prompts: PromptTokens;
  readonly tower: AudioTower;
  readonly program: LoadedProgram<DecoderCalls>;
  readonly session: OnnxSession | undefined;
  readonly detector: SpeechDetector | undefined;
}

/** The models of a folder, loaded: encoder, decoder, tokenizer and, if it has one, the detector of speech. */
export class Whisper {
  readonly descriptor: TranscriberDescriptor;
  readonly tokenizer: WhisperTokenizer;
  readonly prompts: PromptTokens;
  readonly precision: TowerPrecision;
  /** Most windows at a time. */
  readonly places: number;
  readonly #tower: AudioTower;
  readonly #program: LoadedProgram<DecoderCalls>;
  readonly #free: Semaphore;
  /** `undefined`: the folder has none. */
  readonly detector: SpeechDetector | undefined;
  readonly #vad: OnnxSession | undefined;
  #windows = 0;

  /** @throws {ModelInvalidError | ProviderUnavailableError} */
  static async load(folder: string, options: TranscriberOptions): Promise<Whisper> {
    const descriptor = await readTranscriber(folder);
    const { tokenizer: file, vad } = descriptor;
    const extras = [file, ...(vad ? [vad] : [])];
    await checkFiles(extras.map(([path]) => path));
    if (options.verify ?? true) await verifyFiles(new Map(extras));
    const tokenizer = WhisperTokenizer.parse(await readFile(file[0], 'utf8'), file[0]);
    const prompts = promptTokens(tokenizer, descriptor, folder);
    const tower = await loadTower(folder, descriptor, options);
    const precision: DecoderPrecision = tower.precision === 'int8' ? 'int8' : 'fp32';
    let session: OnnxSession | undefined;
    try {
      if (vad) session = await OnnxSession.open(vad[0], { provider: 'cpu', threads: 1 });
      const detector = session && new SpeechDetector(session, vad?.[0] ?? '');
      const program = await openDecoder(folder, precision, descriptor, tokenizer, options);
      const parts = { descriptor, tokenizer, prompts, tower, program, session, detector };
      return new Whisper(parts, options.maxBatch ?? defaultBatch);
    } catch (error) {
      await Promise.all([tower.close(), session?.close()]);
      throw error;
    }
  }

  private constructor(parts: Parts, places: number) {
    const { descriptor, tokenizer, prompts, tower, program, session, detector } = parts;
    this.descriptor = descriptor;
    this.tokenizer = tokenizer;
    this.prompts = prompts;
    this.precision = tower.precision as TowerPrecision;
    this.detector = detector;
    this.places = places;
    this.#tower = tower;
    this.#program = program;
    this.#vad = session;
    this.#free = new Semaphore(places);
  }

  get provider(): Provider {
    return this.#tower.provider;
  }

  get tower(): AudioTower {
    return this.#tower;
  }

  /**
   * Encodes a window, at most 30 s at 16 kHz, and calls `work` while it has a place. Windows get places in the order of
   * their calls. When the work has ended, or the signal has aborted, the place is freed as soon as nothing runs there.
   */
  async window<Result>(
    samples: Float32Array,
    signal: AbortSignal | undefined,
    work: (window: Window) => Promise<Result>,
  ): Promise<Result> {
    const release = await this.#free.acquire(1, signal);
    const window = new Window(this.#program, this.#windows++);
    try {
      const { audioFeatures } = await this.#tower.embed({ data: samples, sampleRate: 16_000 }, signal && { signal });
      await untilAborted(window.begin(audioFeatures.data as Float32Array), signal);
      return await untilAborted(work(window), signal);
    } finally {
      // Nobody waits for it: the result is there, or nobody wants it.
      window.end().then(release, release);
    }
  }

  async close(): Promise<void> {
    // A window that ends later would open the program again.
    await this.#free.acquire(this.places);
    await Promise.all([this.#tower.close(), this.#program.close(), this.#vad?.close()]);
  }
}

/** A window that has a place in the memory of the decoder. One call at a time. */
export class Window {
  readonly #program: LoadedProgram<DecoderCalls>;
  readonly #window: number;
  /** The call that runs, if any, which never rejects. */
  #running: Promise<unknown> = Promise.resolve();
  #ended = false;

  constructor(program: LoadedProgram<DecoderCalls>, window: number) {
    this.#program = program;
    this.#window = window;
  }

  begin(embeddings: Float32Array): Promise<undefined> {
    return this.#call('begin', { window: this.#window, embeddings }, [embeddings.buffer as ArrayBuffer]);
  }

  decode(request: Omit<DecodeRequest, 'window'>): Promise<DecodeResult> {
    return this.#call('decode', { window: this.#window, ...request });
  }

  languages(start: number, languages: readonly number[]): Promise<readonly number[]> {
    return this.#call('languages', { window: this.#window, start, languages });
  }

  align(request: Omit<AlignRequest, 'window'>): Promise<Int32Array> {
    return this.#call('align', { window: this.#window, ...request });
  }

  /** Ends what runs, and gives the place back. */
  async end(): Promise<void> {
    this.#ended = true;
    const call = { window: this.#window };
    await this.#program.call('stop', call);
    await this.#running;
    await this.#program.call('end', call);
  }

  async #call<Name extends 'begin' | 'decode' | 'languages' | 'align'>(
    name: Name,
    argument: DecoderCalls[Name]['argument'],
    transfer: ArrayBuffer[] = [],
  ): Promise<DecoderCalls[Name]['result']> {
    // The work of a call that was aborted goes on to its next step.
    if (this.#ended) throw new Error('the window has ended');
    const result = this.#program.call(name, argument, transfer);
    this.#running = result.catch(() => undefined);
    return await result;
  }
}

const defaultBatch = 4;

async function loadTower(
  folder: string,
  descriptor: TranscriberDescriptor,
  options: TranscriberOptions,
): Promise<AudioTower> {
  const { provider = 'auto', deviceId = 0, threads, verify } = options;
  const chosen = await chooseProvider(provider, deviceId);
  const fastest = chosen.provider === 'cpu' && descriptor.variants.has('int8') ? 'int8' : undefined;
  const { precision = fastest } = options;
  return await AudioTower.load(folder, { provider, deviceId, threads, verify, precision });
}

async function openDecoder(
  folder: string,
  precision: DecoderPrecision,
  descriptor: TranscriberDescriptor,
  tokenizer: WhisperTokenizer,
  { threads, verify = true, maxBatch: windows = defaultBatch }: TranscriberOptions,
): Promise<LoadedProgram<DecoderCalls>> {
  const variant = descriptor.variants.get(precision);
  if (variant === undefined) {
    const has = [...descriptor.variants.keys()].join(', ');
    throw new ModelInvalidError('ERR_MODEL_INVALID', `${folder} has no ${precision} decoder; it has ${has}`);
  }
  await checkFiles(variant.digests.keys());
  if (verify) await verifyFiles(variant.digests);
  const { cross, decoder, align } = variant;
  const { shape, suppressed, suppressedAtBegin } = descriptor;
  const { endOfText, timestampBegin } = tokenizer;
  const noSpeech = tokenizer.special('<|nospeech|>') ?? tokenizer.special('<|nocaptions|>');
  const program = new LoadedProgram<DecoderCalls>(
    join(__dirname, 'thread', 'program.js'),
    {
      ...{ cross, decoder, align, shape, suppressed, suppressedAtBegin, windows },
      tokens: { endOfText, noSpeech, timestampBegin },
    },
    { provider: 'cpu', deviceId: 0, threads },
  );
  await program.open();
  return program;
}

function promptTokens(tokenizer: WhisperTokenizer, descriptor: TranscriberDescriptor, folder: string): PromptTokens {
  const { multilingual, shape } = descriptor;
  const needed = (name: string): number => {
    const id = tokenizer.special(name);
    if (id !== undefined && id < shape.vocabulary) return id;
    throw new ModelInvalidError(
      'ERR_MODEL_INVALID',
      `${folder}: the tokenizer has no '${name}', which its model needs`,
    );
  };
  if (tokenizer.timestampBegin >= shape.vocabulary) needed('<|0.00|>');
  return {
    start: needed('<|startoftranscript|>'),
    previous: tokenizer.special('<|startofprev|>'),
    transcribe: multilingual ? needed('<|transcribe|>') : undefined,
    translate: multilingual ? needed('<|translate|>') : undefined,
    noTimestamps: needed('<|notimestamps|>'),
  };
}
