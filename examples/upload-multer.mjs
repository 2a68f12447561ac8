#!/usr/bin/env node
/**
 * Express with multer, which writes uploads into a folder first: node examples/upload-multer.mjs [PORT]
 *
 *   npm install express multer
 *   curl --form file=@talk.mp3 http://127.0.0.1:8080/
 */
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { AudioDecoder, CochleaError } from 'cochlea';
import express from 'express';
import multer from 'multer';

const inputBytes = 100e6;
const decoder = new AudioDecoder({ sampleRate: 16_000, limits: { seconds: 3600, inputBytes } });
// Without fileSize, multer takes files of any size.
const form = multer({ dest: tmpdir(), limits: { fileSize: inputBytes, files: 1 } });

const app = express();
app.post('/', form.single('file'), async (request, response) => {
  const aborted = new AbortController();
  response.once('close', () => aborted.abort());
  if (!request.file) return response.status(400).json({ code: 'NO_FILE', message: 'the form holds no file' });
  try {
    const audio = await decoder.decode(request.file.path, { signal: aborted.signal, timeout: 60_000 });
    response.json({ seconds: audio.duration, codec: audio.source.codec });
  } finally {
    await rm(request.file.path, { force: true });
  }
});

app.use((error, _request, response, next) => {
  if (error.name === 'AbortError') return;
  if (error instanceof CochleaError) {
    const status = error.fault === 'client' ? 400 : 503;
    const { code, message, remedy } = error;
    response.status(status).json(error.fault === 'client' ? { code, message, remedy } : { code });
  } else if (error.code === 'LIMIT_FILE_SIZE') response.status(413).json({ code: error.code, message: error.message });
  else next(error);
});

const server = app.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
