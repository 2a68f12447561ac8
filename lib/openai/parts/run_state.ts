import { following } from '../../async/abort.js';
import type { CochleaError } from '../../errors.js';
import { isKnownLanguage, languageCode } from '../../languages.js';
import type { Transcript } from '../../transcript.js';
import { asCochlea, byCaller, CallersError, isAbort, Outcomes } from './failure.js';
import type { Part, PartContext, PartsPlan } from './types.js';

/** Characters at the end of a text that the next part gets. Whisper uses 224 tokens of a prompt. */
const tailCharacters = 800;

/** What the parts of a recording share while they are worked on: the language, what became of each, and when to stop. */
export class RunState {
  readonly #parts: AsyncGenerator<Part, void>;
  readonly #plan: PartsPlan;
  readonly #outcomes: Outcomes;
  readonly #stop = new AbortController();
  readonly #releases = new Map<number, () => void>();
  #language: string | undefined;
  #tail: string | undefined;
  #ended = false;
  /** It counts more than all that became of the parts. */
  #mistake: CallersError | undefined;

  constructor(parts: AsyncGenerator<Part, void>, plan: PartsPlan) {
    this.#parts = parts;
    this.#plan = plan;
    this.#outcomes = new Outcomes(plan.speakers);
    this.#language = plan.language;
    this.#tail = plan.prompt;
  }

  /** Whether no further part is to be asked for. */
  get isOver(): boolean {
    return this.#ended || this.#stop.signal.aborted;
  }

  get language(): string | undefined {
    return this.#language;
  }

  /** Ends what is under way, and leaves the parts. */
  stop(): void {
    this.#ended = true;
    this.#stop.abort();
    void this.#parts.return().catch(() => {});
  }

  /** The next part, in order: a generator answers one after the other. `undefined`: there is none, or it failed. */
  async next(): Promise<Part | undefined> {
    try {
      const { done, value } = await this.#parts.next();
      if (done) this.#ended = true;
      else this.#outcomes.begin(value);
      return done ? undefined : value;
    } catch (thrown) {
      this.#ended = true;
      if (thrown instanceof CallersError) this.#blame(thrown);
      else if (!this.#wasStopped(thrown)) this.#outcomes.failRest(asCochlea(thrown));
      return undefined;
    }
  }

  /** Each part has a signal of its own: who asks may leave a listener on it, and a recording has many parts. */
  context({ index }: Part): PartContext {
    const { chain, prompt } = this.#plan;
    const { signal, release } = following(this.#stop.signal);
    this.#releases.set(index, release);
    return { language: this.#language, prompt: chain ? this.#tail : prompt, signal };
  }

  /** @throws {CallersError} */
  known(part: Part): Transcript | undefined {
    return byCaller(() => this.#plan.known(part));
  }

  succeed(part: Part, transcript: Transcript): void {
    this.#end(part);
    // Engines say other lengths: the end of the last segment, or text.
    this.#outcomes.add(part, { ...transcript, duration: part.seconds });
    const code = transcript.language && languageCode(transcript.language);
    // A name that Whisper does not know could be refused.
    if (code && isKnownLanguage(code)) this.#language ??= code;
    if (transcript.text !== '') this.#tail = transcript.text.slice(-tailCharacters);
    try {
      byCaller(() => this.#plan.onPart(part, transcript));
    } catch (error) {
      this.#blame(error as CallersError);
    }
  }

  fail(part: Part, thrown: unknown): void {
    this.#end(part);
    if (thrown instanceof CallersError) this.#blame(thrown);
    // Others ended it, and their failure counts.
    else if (!this.#wasStopped(thrown)) this.#failed(part, asCochlea(thrown));
  }

  #failed(part: Part, error: CochleaError): void {
    this.#outcomes.fail(part, error);
    // What the first part met for good, such as a wrong key, all the others would meet.
    const hopeless = !error.retryable && part.index === 0;
    if (hopeless || this.#plan.onPartError === 'abort') this.stop();
  }

  /** @throws What the caller's own functions threw; else as `Outcomes.result`. */
  result(): Transcript {
    if (this.#mistake) throw this.#mistake.cause;
    return this.#outcomes.result();
  }

  #end({ index }: Part): void {
    this.#releases.get(index)?.();
    this.#releases.delete(index);
  }

  #blame(mistake: CallersError): void {
    this.#mistake ??= mistake;
    this.stop();
  }

  #wasStopped(thrown: unknown): boolean {
    return this.#stop.signal.aborted && isAbort(thrown);
  }
}
