import { ServiceFailedError } from '../../errors.js';
import type { Transcript } from '../../transcript.js';
import type { EngineEvent } from '../engine.js';
import { fromObject, segmentIn, transcriptFrom } from './answer.js';
import { cutShort, textOf } from './body.js';
import type { Answer } from './channel.js';
import { sayingIn } from './failure.js';
import { eventsOf } from './sse.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What a server says while it works. One that ignores `stream` answers JSON or text: it becomes one event. OpenAI sends
 * `transcript.text.*`, vLLM `transcription.chunk` with `choices[].delta.content` and `[DONE]`.
 *
 * @throws {ServiceFailedError} The stream ends early, or says that something failed. What came before was given.
 */
export async function* streamFrom(answer: Answer, seconds: number): AsyncGenerator<EngineEvent, void> {
  if (!answer.contentType.startsWith('text/event-stream')) {
    const transcript = transcriptFrom(answer.server, await textOf(answer), seconds, answer.contentType);
    yield { type: 'delta', text: transcript.text };
    yield { type: 'transcript', transcript };
    return;
  }
  let said = '';
  let last: Transcript | undefined;
  let ended = false;
  for await (const data of events(answer)) {
    ended ||= data === '[DONE]';
    if (data === '[DONE]') break;
    const fields = fieldsOf(answer, data);
    const text = deltaOf(fields);
    if (text !== undefined && text !== '') {
      said += text;
      yield { type: 'delta', text };
    }
    if (fields.type === 'transcript.text.segment') yield { type: 'segment', segment: segmentIn(fields, seconds) };
    if (fields.type === 'transcript.text.done') {
      last = fromObject(answer.server, { ...fields, text: fields.text ?? '' }, seconds);
    }
    ended ||= last !== undefined || isFinished(fields);
  }
  if (!ended) throw new ServiceFailedError(`the answer of ${answer.server} ends early: no event says that it is done`);
  const text = last?.text || said.trim();
  // A server that says all of it at the end.
  if (said === '' && text !== '') yield { type: 'delta', text };
  yield { type: 'transcript', transcript: { duration: seconds, ...last, text } };
}

async function* events({ server, body }: Answer): AsyncGenerator<string, void> {
  try {
    yield* eventsOf(body);
  } catch (error) {
    throw cutShort(server, error);
  }
}

/** @throws {ServiceFailedError} */
function fieldsOf({ server }: Answer, data: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (cause) {
    throw new ServiceFailedError(`${server} sends an event that is no JSON`, { cause });
  }
  if (typeof value !== 'object' || value === null)
    throw new ServiceFailedError(`${server} sends an event that is no object`);
  const fields = value as Fields;
  if (fields.type === 'error' || (fields.error !== undefined && fields.error !== null)) {
    throw new ServiceFailedError(`${server} fails while it answers: ${sayingIn(fields).message}`);
  }
  return fields;
}

function deltaOf(fields: Fields): string | undefined {
  if (fields.type === 'transcript.text.delta') return String(fields.delta ?? '');
  const [choice] = Array.isArray(fields.choices) ? (fields.choices as readonly Fields[]) : [];
  const delta = choice?.delta as Fields | undefined;
  return typeof delta?.content === 'string' ? delta.content : undefined;
}

/** Of vLLM. */
function isFinished({ choices }: Fields): boolean {
  return Array.isArray(choices) && choices.some((each) => typeof (each as Fields)?.finish_reason === 'string');
}
