import type { Agent, IncomingMessage } from 'node:http';
import { CochleaError, ServiceFailedError } from '../errors.js';
import { nodeProducer } from '../producers/node_stream.js';
import type { Address } from '../services/addresses.js';
import { send } from '../services/send.js';
import type { JsonBody } from './body.js';
import { type Clean, FailedTry, failedAnswer } from './failure.js';
import { type Reply, repliesOf } from './replies.js';

/** How services are asked. */
export interface AskSetting {
  readonly apiKey: string | undefined;
  readonly maxLineBytes: number;
  readonly clean: Clean;
  agentFor(address: Address): Agent;
}

/**
 * Asks one service once: its replies, each as soon as it is there. It ends when all came. Leaving it closes the
 * connection; so does `stop`.
 */
export async function* askedOf(
  address: Address,
  body: JsonBody,
  clips: number,
  setting: AskSetting,
  stop: AbortSignal,
): AsyncGenerator<Reply, void> {
  const answer = await answerTo(address, body, setting, stop);
  const producer = nodeProducer(answer);
  let whole = false;
  try {
    yield* repliesOf(producer, { clips, maxLineBytes: setting.maxLineBytes, clean: setting.clean });
    whole = true;
  } finally {
    if (whole) finish(answer);
    else producer.stop();
  }
}

async function answerTo(
  address: Address,
  body: JsonBody,
  { apiKey, clean, agentFor }: AskSetting,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { name } = address;
  const headers = {
    accept: 'application/x-ndjson',
    'content-type': 'application/json',
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
  };
  const url = address.url('/v1/audio/embeddings');
  const answer = await send({ method: 'POST', url, agent: agentFor(address), headers, body, signal });
  if (answer.statusCode !== 200) throw await failedAnswer(answer, name, clean);
  if (/^application\/x-ndjson\b/i.test(answer.headers['content-type'] ?? '')) return answer;
  answer.on('error', () => {}).destroy();
  const message = `${name} answers something else than application/x-ndjson: is this a service of Cochlea?`;
  throw new FailedTry(new ServiceFailedError(message, { status: 200 }), true);
}

/** Whatever a try ended with. Mistakes of the caller and of ours are no failures of the service. */
export function failedTry(thrown: unknown, { name }: Address): FailedTry {
  if (thrown instanceof FailedTry) return thrown;
  if (thrown instanceof CochleaError) return new FailedTry(thrown, false);
  const { code } = thrown as NodeJS.ErrnoException;
  if (code === undefined || thrown instanceof TypeError) throw thrown;
  const message = `${name} cannot be asked, or its answer does not end: ${code}`;
  return new FailedTry(new ServiceFailedError(message, { cause: thrown }), true);
}

/** Milliseconds. */
const longestEnd = 1000;

/** After the summary nothing comes but the end, with which the connection is free for the next request. */
function finish(answer: IncomingMessage): void {
  const timer = setTimeout(() => answer.destroy(), longestEnd).unref();
  answer.once('close', () => clearTimeout(timer));
  answer.removeAllListeners('readable');
  answer.resume();
}
