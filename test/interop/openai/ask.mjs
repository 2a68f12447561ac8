// Asks a server of OpenAI's audio routes by OpenAI's own client, in every way that the client has, and prints what the
// application gets:
//
//   ask.mjs --client openai-7 --base-url http://127.0.0.1:8000/v1 --key … --model … --audio talk.wav
//   ask.mjs --client openai-7 --base-url … --key … --model tts-1 --text 'Hello.'
//
// The answer is JSON: {"transcription json": {"value": …}, "translation srt": {"error": {"name", "status", …}}, …}.
// ask.py asks the same with the client for Python.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const options = Object.fromEntries(
  ['client', 'clients', 'base-url', 'key', 'model', 'audio', 'text'].map((name) => [name, { type: 'string' }]),
);
const { client, clients, 'base-url': baseURL, key, model, audio, text } = parseArgs({ options }).values;
const { OpenAI, toFile } = createRequire(join(clients, 'package.json'))(client);
const openai = new OpenAI({ baseURL, apiKey: key, maxRetries: 0 });
const answers = {};

async function ask(name, question) {
  try {
    answers[name] = { value: await question() };
  } catch (error) {
    const { status = null, code = null, param = null, type = null, message } = error;
    answers[name] = { error: { name: error.constructor.name, status, code, param, type, message } };
  }
}

async function askAboutAudio() {
  const file = (bytes = readFileSync(audio)) => toFile(bytes, 'talk.wav', { type: 'audio/wav' });
  const { transcriptions, translations } = openai.audio;
  for (const response_format of ['json', 'text', 'srt', 'verbose_json', 'vtt']) {
    await ask(`transcription ${response_format}`, async () =>
      transcriptions.create({ file: await file(), model, response_format }),
    );
    await ask(`translation ${response_format}`, async () =>
      translations.create({ file: await file(), model, response_format }),
    );
  }
  await ask('words and segments', async () =>
    transcriptions.create({
      file: await file(),
      model,
      response_format: 'verbose_json',
      timestamp_granularities: ['word', 'segment'],
    }),
  );
  await ask('stream', async () => {
    const events = [];
    for await (const event of await transcriptions.create({ file: await file(), model, stream: true })) {
      events.push(event);
    }
    return events;
  });
  await ask('unknown model', async () => transcriptions.create({ file: await file(), model: 'nobody' }));
  const stranger = new OpenAI({ baseURL, apiKey: 'of a stranger', maxRetries: 0 });
  await ask('wrong key', async () => stranger.audio.transcriptions.create({ file: await file(), model }));
  // The last: uvicorn closes the connection after an answer 500, and the next request on it would fail.
  await ask('no audio', async () => transcriptions.create({ file: await file(Buffer.from('no audio')), model }));
}

async function askForSpeech() {
  for (const response_format of ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']) {
    await ask(`speech ${response_format}`, async () => {
      const response = await openai.audio.speech.create({ input: text, model, voice: 'alloy', response_format });
      const bytes = Buffer.from(await response.arrayBuffer());
      return { type: response.headers.get('content-type'), base64: bytes.toString('base64') };
    });
  }
  await ask('speech in another format', () =>
    openai.audio.speech.create({ input: text, model, voice: 'alloy', response_format: 'midi' }),
  );
  await ask('no text', () => openai.audio.speech.create({ input: '', model, voice: 'alloy' }));
}

await ask('models', async () => (await openai.models.list()).data);
await (audio === undefined ? askForSpeech() : askAboutAudio());
process.stdout.write(JSON.stringify(answers));
