#!/usr/bin/env node
/**
 * A server of Node alone that decodes the file of a form while it arrives: node examples/upload-busboy.mjs [PORT]
 *
 *   npm install busboy
 *   curl --form file=@talk.mp3 http://127.0.0.1:8080/
 */
import { createServer } from 'node:http';
import busboy from 'busboy';
import { AudioDecoder, CochleaError } from 'cochlea';

const decoder = new AudioDecoder({ sampleRate: 16_000, limits: { seconds: 3600, inputBytes: 100e6 } });

/** What becomes of the first file of a form, as soon as its bytes come. */
function decodeForm(request, options) {
  return new Promise((resolve, reject) => {
    // No fileSize here: busboy cuts a file that is larger, and says so only in `stream.truncated`.
    const form = busboy({ headers: request.headers, limits: { files: 1 } });
    let decoded;
    form.on('file', (_name, file) => {
      decoded = decoder.decode(file, options);
      // Refused, it need not wait for what is still being sent.
      decoded.catch(reject);
    });
    form.on('error', reject);
    form.on('close', () => (decoded ? resolve(decoded) : reject(new TypeError('the form holds no file'))));
    request.pipe(form);
  });
}

const server = createServer(async (request, response) => {
  const aborted = new AbortController();
  response.once('close', () => aborted.abort());
  const answer = (status, body) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  try {
    const audio = await decodeForm(request, { signal: aborted.signal, timeout: 60_000 });
    answer(200, { seconds: audio.duration, codec: audio.source.codec });
  } catch (error) {
    if (error.name === 'AbortError') return;
    if (error instanceof CochleaError) {
      const status = error.limit === 'inputBytes' ? 413 : error.fault === 'client' ? 400 : 503;
      const { code, message, remedy } = error;
      answer(status, error.fault === 'client' ? { code, message, remedy } : { code });
    } else answer(400, { code: 'BAD_FORM', message: error.message });
  }
});
server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
