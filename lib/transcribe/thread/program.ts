/**
 * The program of Whisper's decoder, on the thread of a device: Note [Programs] in lib/onnx/program.ts.
 *
 * Windows that are being decoded share each step, whoever they belong to. A step takes one turn of the thread, and
 * between two steps the thread reads its messages: so others join, stop, and run their models.
 */
import { ModelFailedError } from '../../errors.js';
import { native } from '../../native/binding.js';
import type { Program, ProgramHost, ProgramResult } from '../../onnx/index.js';
import { pathThrough } from '../words/path.js';
import { Decoder } from './decoder.js';
import type { AlignRequest, DecodeRequest, DecodeResult, DecoderCalls, DecoderOptions } from './messages.js';
import { Rules } from './rules.js';

/** Opens the program, in a turn. */
export async function open(host: ProgramHost, options: DecoderOptions): Promise<Program> {
  return new DecoderProgram(host, options, Decoder.load(host, options));
}

/** The text of a window that grows. */
interface Decoding {
  readonly place: number;
  readonly prompt: readonly number[];
  readonly maxTokens: number;
  readonly rules: Rules;
  readonly noSpeechProbability: number;
  readonly tokens: number[];
  readonly logProbabilities: number[];
  readonly resolve: (result: DecodeResult) => void;
  readonly reject: (error: unknown) => void;
  stopped: boolean;
}

class DecoderProgram implements Program {
  readonly #host: ProgramHost;
  readonly #options: DecoderOptions;
  readonly #decoder: Decoder;
  readonly #bias: Float32Array;
  readonly #biasAtBegin: Float32Array;
  /** The place of each window. */
  readonly #places = new Map<number, number>();
  /** By their windows. */
  readonly #decodings = new Map<number, Decoding>();
  /** Windows whose decoding has been asked to stop before its first token. */
  readonly #stopped = new Set<number>();
  #stepping = false;

  constructor(host: ProgramHost, options: DecoderOptions, decoder: Decoder) {
    this.#host = host;
    this.#options = options;
    this.#decoder = decoder;
    const { vocabulary } = options.shape;
    // The token before the timestamps says that none come: only a prompt has it.
    const never = [...options.suppressed, options.tokens.timestampBegin - 1];
    this.#bias = biasOf(vocabulary, never);
    this.#biasAtBegin = biasOf(vocabulary, [...never, ...options.suppressedAtBegin]);
  }

  async call(name: string, argument: unknown): Promise<ProgramResult> {
    const calls: { [Name in keyof DecoderCalls & string]: (argument: never) => Promise<ProgramResult> } = {
      begin: (given: DecoderCalls['begin']['argument']) => this.#begin(given),
      decode: (given: DecodeRequest) => this.#decode(given),
      languages: (given: DecoderCalls['languages']['argument']) => this.#languages(given),
      align: (given: AlignRequest) => this.#align(given),
      stop: async ({ window }: DecoderCalls['stop']['argument']) => {
        const decoding = this.#decodings.get(window);
        if (decoding === undefined) this.#stopped.add(window);
        else decoding.stopped = true;
        return { value: undefined };
      },
      end: async ({ window }: DecoderCalls['end']['argument']) => {
        const place = this.#places.get(window);
        if (place !== undefined) this.#decoder.free(place);
        this.#places.delete(window);
        this.#stopped.delete(window);
        return { value: undefined };
      },
    };
    const call = calls[name];
    if (call === undefined) throw new Error(`there is no call '${name}'`);
    return await call(argument as never);
  }

  async close(): Promise<void> {
    this.#decoder.release();
  }

  async #begin({ window, embeddings }: DecoderCalls['begin']['argument']): Promise<ProgramResult> {
    const place = this.#decoder.take();
    this.#places.set(window, place);
    await this.#host.turn(async () => this.#decoder.attend(place, embeddings));
    return { value: undefined };
  }

  async #decode(request: DecodeRequest): Promise<ProgramResult> {
    const place = this.#placeOf(request.window);
    const { prompt, maxTokens } = request;
    const { tokens, shape } = this.#options;
    const rules = new Rules(tokens, request, this.#bias, this.#biasAtBegin);
    const value = await new Promise<DecodeResult>((resolve, reject) => {
      const begun = this.#host.turn(async () => {
        const [atStart, atEnd] = this.#decoder.begin(place, prompt, request.start);
        const { noSpeech } = tokens;
        const decoding: Decoding = {
          place,
          prompt,
          maxTokens: Math.min(maxTokens, shape.positions - prompt.length),
          rules,
          noSpeechProbability: noSpeech === undefined ? 0 : Math.exp(native.logProbability(atStart, noSpeech)),
          tokens: [],
          logProbabilities: [],
          resolve,
          reject,
          stopped: this.#stopped.has(request.window),
        };
        this.#decodings.set(request.window, decoding);
        this.#pick(request.window, decoding, atEnd);
      });
      begun.then(() => this.#continue(), reject);
    });
    return { value };
  }

  /** Steps as long as anything is being decoded. */
  async #continue(): Promise<void> {
    if (this.#stepping) return;
    this.#stepping = true;
    while (this.#decodings.size > 0) {
      // Only those that were there when the turn came: a step must not mix with the begin of another window.
      await this.#host.turn(() => this.#step([...this.#decodings])).catch(() => undefined);
    }
    this.#stepping = false;
  }

  /** One more token for each of these windows. If the run fails, they all do. */
  async #step(active: readonly (readonly [number, Decoding])[]): Promise<void> {
    try {
      const rows = this.#decoder.step(
        active.map(([, { place, prompt, tokens }]) => ({
          place,
          length: prompt.length + tokens.length - 1,
          tokens: tokens.slice(-1),
        })),
      );
      for (const [window, decoding] of active) this.#pick(window, decoding, rows(decoding.place));
    } catch (error) {
      for (const [window, { reject }] of active) {
        this.#decodings.delete(window);
        reject(error);
      }
    }
  }

  /** Takes the next token, and ends the text after the last one. */
  #pick(window: number, decoding: Decoding, logits: Float32Array): void {
    const { tokens, logProbabilities, rules, maxTokens, noSpeechProbability } = decoding;
    const end = (endLogProbability: number): void => {
      this.#decodings.delete(window);
      decoding.resolve({ tokens, logProbabilities, endLogProbability, noSpeechProbability });
    };
    const picked = native.pickToken(logits, rules.next(tokens));
    if (picked === undefined) {
      this.#decodings.delete(window);
      decoding.reject(
        new ModelFailedError(
          'ERR_MODEL_FAILED',
          'the decoder gave logits that are no numbers: its weights are damaged',
        ),
      );
    } else if (picked.token === this.#options.tokens.endOfText) {
      end(picked.logProbability);
    } else {
      tokens.push(picked.token);
      logProbabilities.push(picked.logProbability);
      if (tokens.length >= maxTokens || decoding.stopped) end(0);
    }
  }

  async #languages({ window, start, languages }: DecoderCalls['languages']['argument']): Promise<ProgramResult> {
    const place = this.#placeOf(window);
    const value = await this.#host.turn(async () => {
      const [logits] = this.#decoder.begin(place, [start], 0);
      const logProbabilities = languages.map((language) => native.logProbability(logits, language));
      const most = Math.max(...logProbabilities);
      const odds = logProbabilities.map((each) => Math.exp(each - most));
      const sum = odds.reduce((total, each) => total + each, 0);
      return odds.map((each) => each / sum);
    });
    return { value };
  }

  async #align({ window, tokens, ...options }: AlignRequest): Promise<ProgramResult> {
    const place = this.#placeOf(window);
    const weights = await this.#host.turn(async () => this.#decoder.align(place, tokens));
    const { frames } = this.#options.shape;
    const heads = weights.length / tokens.length / frames;
    return { value: pathThrough({ weights, heads, tokens: tokens.length, frames }, options) };
  }

  #placeOf(window: number): number {
    const place = this.#places.get(window);
    if (place === undefined) throw new Error(`window ${window} has not begun`);
    return place;
  }
}

/** -Infinity for these tokens. */
function biasOf(vocabulary: number, never: readonly number[]): Float32Array {
  const bias = new Float32Array(vocabulary);
  for (const token of never) if (token >= 0 && token < vocabulary) bias[token] = Number.NEGATIVE_INFINITY;
  return bias;
}
