import { RequestInvalidError } from '../errors.js';
import type { AudioLoader, LoadSource, OpenedSource } from '../load/index.js';
import type { Transcript, TranscriptSegment } from '../transcript.js';
import type { AudioEngine, EngineEvent, EngineRequest } from './engine.js';
import { partsOf } from './parts/cut.js';
import { byCaller, checkTranscript } from './parts/failure.js';
import { transcribeParts } from './parts/run.js';
import { streamParts } from './parts/stream.js';
import type { Part, PartContext, PartsPlan } from './parts/types.js';
import { wholeFileOf } from './parts/whole_file.js';
import { ServerEngine } from './server/server_engine.js';
import { checkNeeds } from './transcript/render.js';

/** A recording of any length, and what is wanted of it. */
export interface RecordingRequest extends Omit<EngineRequest, 'signal'> {
  readonly source: LoadSource;
  readonly task: 'transcribe' | 'translate';
  /** Whether a transcript without all that is needed is taken, too. Default: it is an error. */
  readonly lenient?: boolean | undefined;
}

/** How its parts are worked on; the rest of `PartsPlan` comes from the request. */
export type RecordingPlan = Omit<PartsPlan, 'language' | 'prompt'>;

/** Who does it. */
export interface Recorder {
  readonly engine: AudioEngine;
  readonly loader: AudioLoader;
}

/**
 * The transcript of any source that the loader takes.
 *
 * @throws {TypeError} The source is none (at the call).
 * @throws {RequestInvalidError} The engine does not give what is needed.
 * @throws As `transcribeParts`.
 */
export function transcribeRecording(
  recorder: Recorder,
  request: RecordingRequest,
  plan: RecordingPlan,
): Promise<Transcript> {
  const { engine, loader } = recorder;
  // A source that is none is a mistake at the call.
  const opened = loader.open(request.source, { signal: plan.signal });
  // Whoever reads the parts has its failure.
  opened.catch(() => {});
  const ask = async (part: Part, context: PartContext): Promise<Transcript> => {
    const transcript = checkTranscript(await transcribed(engine, request, part, context));
    if (!request.lenient) checkNeeds(transcript, request.needs, request.model);
    return transcript;
  };
  return transcribeParts(
    parts(() => opened, engine, request.model, plan),
    ask,
    planFor(request, plan),
  );
}

/** The same while the engine works, as `streamParts` gives it. */
export function streamRecording(
  recorder: Recorder,
  request: RecordingRequest,
  plan: RecordingPlan,
): AsyncGenerator<EngineEvent, void, undefined> {
  const ask = (part: Part, context: PartContext): AsyncIterable<EngineEvent> =>
    streamed(recorder.engine, request, part, context);
  const { engine, loader } = recorder;
  const open = () => byCaller(() => loader.open(request.source, { signal: plan.signal }));
  return streamParts(parts(open, engine, request.model, plan), ask, planFor(request, plan));
}

function planFor({ language, prompt }: RecordingRequest, plan: RecordingPlan): PartsPlan {
  return { ...plan, language, prompt };
}

async function* parts(
  open: () => Promise<OpenedSource>,
  engine: AudioEngine,
  model: string,
  plan: RecordingPlan,
): AsyncGenerator<Part, void> {
  const opened = await open();
  if (engine instanceof ServerEngine) {
    const whole = await wholeFileOf(opened, engine.fileLimits(model), plan);
    if (whole) return yield whole;
  }
  yield* partsOf(opened, engine.maxSeconds(model), plan);
}

function requestFor(
  { task: _, source: __, lenient: ___, ...request }: RecordingRequest,
  context: PartContext,
): EngineRequest {
  return { ...request, ...context };
}

async function transcribed(
  engine: AudioEngine,
  given: RecordingRequest,
  { audio, seconds }: Part,
  context: PartContext,
): Promise<Transcript> {
  const request = requestFor(given, context);
  const translates = given.task === 'translate';
  if ('bytes' in audio) {
    const server = engine as ServerEngine;
    return translates ? server.translateFile(audio, seconds, request) : server.transcribeFile(audio, seconds, request);
  }
  if (!translates) return engine.transcribe(audio, request);
  if (engine.translate) return engine.translate(audio, request);
  throw new RequestInvalidError('ERR_REQUEST_INVALID', `the model ${given.model} does not translate`);
}

/**
 * What is needed is there in the end, as in `transcribed`. Segments come as events, too, where the engine has them only
 * in its transcript.
 */
async function* streamed(
  engine: AudioEngine,
  given: RecordingRequest,
  part: Part,
  context: PartContext,
): AsyncGenerator<EngineEvent, void> {
  const segments: TranscriptSegment[] = [];
  for await (const event of said(engine, given, part, context)) {
    if (event.type === 'segment') segments.push(event.segment);
    if (event.type === 'transcript') {
      const { transcript } = event;
      const told = segments.length > 0 ? { ...transcript, segments } : transcript;
      if (!given.lenient) checkNeeds(told, given.needs, given.model);
      const untold = given.needs.includes('speakers') && segments.length === 0 ? (transcript.segments ?? []) : [];
      for (const segment of untold) yield { type: 'segment', segment };
    }
    yield event;
  }
}

/** An engine that says nothing while it works says it at the end. */
async function* said(
  engine: AudioEngine,
  given: RecordingRequest,
  part: Part,
  context: PartContext,
): AsyncGenerator<EngineEvent, void> {
  const request = requestFor(given, context);
  const { audio, seconds } = part;
  if ('bytes' in audio) yield* (engine as ServerEngine).streamFile(audio, seconds, request);
  else if (engine.transcribeStream) yield* engine.transcribeStream(audio, request);
  else {
    const transcript = checkTranscript(await engine.transcribe(audio, request));
    yield { type: 'delta', text: transcript.text };
    yield { type: 'transcript', transcript };
  }
}
