// Forms: what busboy finds in them, and what is refused because it would be passed over there.
import { Readable } from 'node:stream';
import busboy from 'busboy';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Part, partsOf } from '../../dist/serve/http/parts.js';
import { slowness } from '../safe/outcome.js';
import { errorOf, service } from './service.js';

const boundary = 'xYzZy';
const type = `multipart/form-data; boundary=${boundary}`;
const never = new AbortController().signal;

async function found(body: Buffer, contentType = type): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const part of partsOf(body, contentType, never)) parts.push(part);
  return parts;
}

/** The oracle. */
async function byBusboy(body: Buffer): Promise<Part[]> {
  const parts: Part[] = [];
  const parser = busboy({ headers: { 'content-type': type }, defParamCharset: 'utf8', preservePath: true });
  parser.on('file', (name, stream) => {
    const chunks: Buffer[] = [];
    const index = parts.push({ name, isFile: true, bytes: Buffer.alloc(0) }) - 1;
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', () => {
      parts[index] = { name, isFile: true, bytes: Buffer.concat(chunks) };
    });
  });
  parser.on('field', (name, value) => parts.push({ name, isFile: false, bytes: Buffer.from(value) }));
  const done = new Promise((resolve, reject) => parser.once('close', resolve).once('error', reject));
  Readable.from([body]).pipe(parser);
  await done;
  return parts;
}

const text = (maxLength: number) =>
  fc.string({ maxLength, unit: fc.constantFrom('a', 'é', ' ', '\r\n', '-', '--', '=') });
const plain = fc.string({ minLength: 1, maxLength: 5, unit: fc.constantFrom('a', 'b', 'é', ' ', ';', '=', '-') });
const bytes = fc
  .array(
    fc.oneof(
      fc.constantFrom('\r\n', '\r', '--', `--${boundary}`, `\r\n--xYzZ`, `\r\n-${boundary}`, '\r\n\r\n'),
      fc.uint8Array({ maxLength: 20 }),
    ),
    { maxLength: 6 },
  )
  .map((list) => Buffer.concat(list.map((each) => Buffer.from(each as string))));
const part = fc.record({
  name: plain,
  filename: fc.option(plain, { nil: undefined }),
  kind: fc.constantFrom(undefined, 'audio/mpeg', 'Application/Octet-Stream', 'text/plain'),
  before: fc.constantFrom('', 'x-more: a; b\r\n'),
  padding: fc.constantFrom('', '', ' ', '\t '),
  value: fc.oneof(
    bytes,
    text(10).map((each) => Buffer.from(each)),
  ),
});
type Given = typeof part extends fc.Arbitrary<infer Value> ? Value : never;

function written(parts: readonly Given[], preamble: string, epilogue: string): Buffer {
  const pieces = parts.flatMap(({ name, filename, kind, before, padding, value }, i) => [
    `${i === 0 && preamble === '' ? '' : '\r\n'}--${boundary}${padding}\r\n${before}`,
    `Content-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n`,
    kind === undefined ? '\r\n' : `content-type: ${kind}\r\n\r\n`,
    value,
  ]);
  const all = [preamble, ...pieces, `\r\n--${boundary}--${epilogue}`];
  return Buffer.concat(all.map((each) => Buffer.from(each as string)));
}

/** A line that begins with the delimiter would end it. */
const isWhole = ({ value }: Given) => !`\r\n${value}`.includes(`\r\n--${boundary}`);
const form = fc.tuple(
  fc.array(part.filter(isWhole), { minLength: 1, maxLength: 4 }),
  fc.constantFrom('', 'before'),
  fc.constantFrom('', '\r\n', '\r\nafter'),
);

test('what was written is found', async () => {
  await fc.assert(
    fc.asyncProperty(form, async ([parts, preamble, epilogue]) => {
      const expected = parts.map(({ name, filename, kind, value }) => ({
        name,
        isFile: filename !== undefined || kind === 'Application/Octet-Stream',
        bytes: value,
      }));
      expect(await found(written(parts, preamble, epilogue))).toEqual(expected);
    }),
    { numRuns: 1000 },
  );
});

test('of a form with changed bytes, busboy finds the same, or it is refused', async () => {
  let accepted = 0;
  const change = fc.tuple(
    fc.nat(),
    fc.constantFrom('', '\r\n', '-', '"', ':', ';', 'name', `--${boundary}`, '\0'),
    fc.nat(3),
  );
  await fc.assert(
    fc.asyncProperty(form, change, async ([parts, preamble, epilogue], [where, what, dropped]) => {
      // busboy does not know blanks behind a boundary, which RFC 2046 allows.
      const plainly = parts.map((each) => ({ ...each, padding: '' }));
      const whole = written(plainly, preamble, epilogue);
      const at = where % whole.length;
      const body = Buffer.concat([whole.subarray(0, at), Buffer.from(what), whole.subarray(at + dropped)]);
      const ours = await found(body).catch((error) => {
        expect(error).toMatchObject({ code: 'ERR_REQUEST_INVALID', message: expect.stringContaining('malformed') });
      });
      // busboy passes over a part whose header ends in a semicolon, and takes a file without a name for a field.
      if (!ours || /;\s*\r\n|filename=""/.test(body.toString())) return;
      accepted++;
      // A field is text there.
      const asText = ours.map((each) => (each.isFile ? each : { ...each, bytes: Buffer.from(each.bytes.toString()) }));
      expect(asText).toEqual(await byBusboy(body));
    }),
    { numRuns: 2000 },
  );
  expect(accepted).toBeGreaterThan(200);
});

test('a part behind the end, which busboy finds at times, is refused', async () => {
  const one = '\r\ncontent-disposition: form-data; name="a"\r\n\r\n1';
  const body = Buffer.from(`--${boundary}${one}\r\n--${boundary}--\r\n--${boundary}${one}\r\n--${boundary}--\r\n`);
  await expect(found(body)).rejects.toThrow('a part follows its end');
});

test("a form as Node's own fetch writes it", async () => {
  const data = new FormData();
  data.append('file', new Blob([Buffer.from([0, 13, 10, 45, 45])], { type: 'audio/mpeg' }), 'a "b"\r\n;é.mp3');
  data.append('start', '1');
  data.append('file', new Blob([]), '');
  const request = new Request('http://localhost', { method: 'POST', body: data });
  const body = Buffer.from(await request.arrayBuffer());
  expect(await found(body, String(request.headers.get('content-type')))).toEqual([
    { name: 'file', isFile: true, bytes: Buffer.from([0, 13, 10, 45, 45]) },
    { name: 'start', isFile: false, bytes: Buffer.from('1') },
    { name: 'file', isFile: true, bytes: Buffer.alloc(0) },
  ]);
});

test.each([
  ['without a name', 'content-disposition: form-data', 'a part has no name'],
  ['with an empty name', 'content-disposition: form-data; name=""', 'a part has no name'],
  ['with a file name alone', 'content-disposition: form-data; filename="a.mp3"', 'a part has no name'],
  ['of another disposition', 'content-disposition: attachment; name="file"', 'a part is no form-data'],
  ['without a disposition', 'content-type: audio/mpeg', 'a part is no form-data'],
  ['with a name that does not end', 'content-disposition: form-data; name="file', 'no list of parameters'],
  ['with headers without end', `x-a: ${'y'.repeat(20_000)}`, 'more than 16384 bytes'],
])('a part %s was passed over: 400', async (_, head, why) => {
  await using app = await service();
  const good = `--${boundary}\r\ncontent-disposition: form-data; name="start"\r\n\r\n1`;
  const body = `${good}\r\n--${boundary}\r\n${head}\r\n\r\nx\r\n--${boundary}--\r\n`;
  const response = await fetch(`${app.url}/v1/audio/decode`, {
    method: 'POST',
    body,
    headers: { 'content-type': type },
  });
  expect(response.status).toBe(400);
  expect(await errorOf(response)).toMatchObject({ code: 'ERR_REQUEST_INVALID', message: expect.stringContaining(why) });
});

test.each([
  ['multipart/form-data', 'no boundary'],
  [`multipart/form-data; boundary=${'x'.repeat(71)}`, 'more than 70 characters'],
])('a boundary that is none: %s', async (contentType, why) => {
  await expect(found(Buffer.from('--x--'), contentType)).rejects.toThrow(why);
});

test('64 MB that are hard to search leave the event loop free', async () => {
  const hard = `multipart/form-data; boundary=${'-'.repeat(70)}`;
  const body = Buffer.alloc(64 * 1024 ** 2, `\r\n${'-'.repeat(71)}x`);
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  const parts = found(body, hard);
  await expect(parts).rejects.toThrow('malformed');
  clearInterval(timer);
  expect(longest).toBeLessThan(50 * slowness);
});
