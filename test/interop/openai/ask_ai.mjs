// Asks a server of OpenAI's audio routes by the AI SDK with its stock provider for OpenAI: the arguments of ask.mjs, and
// the same form of answers.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const options = Object.fromEntries(
  ['clients', 'base-url', 'key', 'model', 'audio', 'text'].map((name) => [name, { type: 'string' }]),
);
const { clients, 'base-url': baseURL, key: apiKey, model, audio, text } = parseArgs({ options }).values;
const { resolve } = createRequire(join(clients, 'package.json'));
const load = (name) => import(pathToFileURL(resolve(name)).href);
const { createOpenAI } = await load('@ai-sdk/openai');
const { experimental_generateSpeech, experimental_transcribe, generateSpeech, transcribe } = await load('ai');
const openai = createOpenAI({ baseURL, apiKey });
const answers = {};

async function ask(name, question) {
  try {
    answers[name] = { value: await question() };
  } catch (error) {
    const { statusCode: status = null, message, cause } = error;
    answers[name] = { error: { name: error.name, status, message, cause: cause && String(cause).slice(0, 500) } };
  }
}

const formats = ['json', 'verbose_json'];
if (audio !== undefined) {
  for (const responseFormat of formats) {
    await ask(`transcription ${responseFormat}`, async () => {
      const result = await (transcribe ?? experimental_transcribe)({
        model: openai.transcription(model),
        audio: readFileSync(audio),
        providerOptions: { openai: { responseFormat } },
        maxRetries: 0,
      });
      const { text: words, segments, language, durationInSeconds, warnings } = result;
      return { text: words, segments, language, durationInSeconds, warnings };
    });
  }
} else {
  for (const outputFormat of ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']) {
    await ask(`speech ${outputFormat}`, async () => {
      const result = await (generateSpeech ?? experimental_generateSpeech)({
        model: openai.speech(model),
        text,
        outputFormat,
        maxRetries: 0,
      });
      return { type: result.audio.mediaType, base64: result.audio.base64 };
    });
  }
}
process.stdout.write(JSON.stringify(answers));
