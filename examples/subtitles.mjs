#!/usr/bin/env node
/**
 * Subtitles of any audio of any length, with progress: node examples/subtitles.mjs talk.wma talk.srt [BASE_URL] [MODEL]
 *
 * By any server with OpenAI's audio API. Its key is taken from OPENAI_API_KEY. With the package openai, give its client in
 * place of the engine: new AudioClient(new OpenAI()).
 */
import { writeFile } from 'node:fs/promises';
import { TranscriptPartialError } from 'cochlea';
import { AudioClient, renderTranscript, UpstreamEngine } from 'cochlea/openai';

const [source, output, addresses = 'https://api.openai.com/v1', model = 'whisper-1'] = process.argv.slice(2);
const engine = new UpstreamEngine({ addresses, apiKey: process.env.OPENAI_API_KEY });
const client = new AudioClient(engine);

try {
  const onProgress = ({ start, seconds }) => console.log(`${start.toFixed(1)} s to ${(start + seconds).toFixed(1)} s`);
  await writeFile(output, await client.transcribe(source, { model, response_format: 'srt' }, { onProgress }));
} catch (error) {
  if (!(error instanceof TranscriptPartialError)) throw error;
  // What the other parts said is not lost.
  await writeFile(output, renderTranscript(error.transcript, 'srt'));
  for (const { start, end, error: reason } of error.failures)
    console.error(`missing: ${start} to ${end} s: ${reason.message}`);
  process.exitCode = 1;
} finally {
  await engine.close();
}
