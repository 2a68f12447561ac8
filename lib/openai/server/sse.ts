import { ServiceFailedError } from '../../errors.js';

/** Characters of an event: a transcript of many hours fits. */
const longest = 64 * 1024 ** 2;

/**
 * The data of each event of a stream, as the HTML standard parses `text/event-stream`: lines may end in CR, LF or both,
 * and several `data:` lines are joined. Events without data are passed over. Time is linear, whatever the chunks are.
 *
 * @throws {ServiceFailedError} An event has no end.
 */
export async function* eventsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  let data: string[] = [];
  let length = 0;
  for await (const line of linesOf(body)) {
    if (line === '') {
      if (data.length > 0) yield data.join('\n');
      data = [];
      length = 0;
    } else if (line.startsWith('data:')) {
      data.push(line.slice(line[5] === ' ' ? 6 : 5));
      length += line.length;
      if (length > longest) throw endless();
    }
  }
  // Some servers leave out the last empty line.
  if (data.length > 0) yield data.join('\n');
}

/** What is behind the last line end is a line, too. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let pieces: string[] = [];
  let length = 0;
  /** Whether a LF belongs to the CR before it. */
  let isInEnd = false;
  for await (const chunk of body) {
    const text = decoder.decode(chunk, { stream: true });
    if (text === '') continue;
    const lines = (isInEnd && text.startsWith('\n') ? text.slice(1) : text).split(/\r\n|\n|\r/);
    isInEnd = text.endsWith('\r');
    const rest = lines.pop() as string;
    for (const line of lines) {
      yield pieces.join('') + line;
      pieces = [];
      length = 0;
    }
    pieces.push(rest);
    length += rest.length;
    if (length > longest) throw endless();
  }
  const last = pieces.join('') + decoder.decode();
  if (last !== '') yield last;
}

function endless(): ServiceFailedError {
  return new ServiceFailedError('an event of the answer has no end');
}
