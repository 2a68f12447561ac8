import { ServiceFailedError } from '../../errors.js';

/** Characters of an event: a transcript of many hours fits. */
const longest = 64 * 1024 ** 2;

/**
 * The data of each event of a stream, as the HTML standard parses `text/event-stream`: lines may end in CR, LF or both,
 * and several `data:` lines are joined. Events without data are passed over.
 *
 * @throws {ServiceFailedError} An event has no end.
 */
export async function* eventsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let text = '';
  let data: string[] = [];
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > longest) throw new ServiceFailedError('an event of the answer has no end');
    // A CR at the end may be half of a line end.
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    text = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield data.join('\n');
        data = [];
      } else if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
    }
  }
  // Some servers leave out the last empty line.
  const rest = text.replace(/\r$/, '');
  if (rest.startsWith('data:')) data.push(rest.slice(5).trimStart());
  if (data.length > 0) yield data.join('\n');
}
