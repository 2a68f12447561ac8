/**
 * Decodes the speech clip in six formats, or the files given (`npm run demo -- my.mp3`), to what a speech
 * model takes, 16 kHz mono float32; loads the same ones from a server on loopback, twice; draws the first
 * one, and the log-mel features of the first three; encodes all with a small tower of random weights; transcribes the
 * first one, if there is a Whisper in models/whisper, or in the folder that COCHLEA_WHISPER names; and starts the
 * service, which decodes the first one by HTTP.
 * Needs the built package (`npm run compile`).
 */
import { spawn } from 'node:child_process';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const clips = ['speech.wav', 'speech.mp3', 'speech.flac', 'speech.m4a', 'speech.ogg', 'speech.webm'];
const inProject = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const files =
  process.argv.length > 2 ? process.argv.slice(2) : clips.map((clip) => inProject(`test/fixtures/speech/${clip}`));

const { AudioDecoder, CochleaError } = await import('../dist/index.js').catch((error) => {
  console.error(`The package is not built (${error.message.split('\n')[0]}). Run: npm run compile`);
  process.exit(1);
});
const { AudioLoader } = await import('../dist/load/index.js');
const { table } = await import('../dist/cli/table.js');
const { printable } = await import('../dist/cli/terminal.js');
const { container, duration, hertz, shape } = await import('../dist/cli/wording.js');

const decoder = new AudioDecoder({ sampleRate: 16_000, channels: 1 });
const shown = (file) => printable(relative('.', file).startsWith('..') ? file : relative('.', file));
const rows = [];
const decodable = [];
for (const file of files) {
  const start = performance.now();
  try {
    const audio = await decoder.decode(file);
    const time = `${(performance.now() - start).toFixed(1)} ms`;
    const { source, dtype, sampleRate } = audio;
    const facts = [container(source.container), source.codec, `${hertz(source.sampleRate)} ${source.channelLayout}`];
    rows.push([shown(file), ...facts, shape(audio.shape), dtype, hertz(sampleRate), duration(audio.duration), time]);
    decodable.push(file);
  } catch (error) {
    if (!(error instanceof CochleaError)) throw error;
    rows.push([shown(file), error.code, printable(error.message)]);
    process.exitCode = 1;
  }
}

const right = (title) => ({ title, align: 'right' });
const columns = [
  { title: 'file' },
  { title: 'container' },
  { title: 'codec' },
  { title: 'source' },
  { title: 'shape' },
  { title: 'dtype' },
  right('rate'),
  right('duration'),
  right('time'),
];
const decoded = rows.filter((row) => row.length > 3);
if (decoded.length > 0) process.stdout.write(table(columns, decoded));
const failed = rows.filter((row) => row.length === 3);
if (failed.length > 0) {
  if (decoded.length > 0) process.stdout.write('\n');
  process.stdout.write(table([{ title: 'file' }, { title: 'error' }, { title: 'message' }], failed));
}
if (decodable.length > 0) {
  await loadFromServer(decodable);
  await draw(decodable[0]);
  await drawFeatures(decodable.slice(0, 3));
  await encode(decodable);
  await write(decodable[0]);
  await callService(decodable[0]);
}

/** Loads an address as a service does: the first time it is fetched and decoded, the second time it is in the cache. */
async function loadFromServer(files) {
  const server = createServer((request, response) => {
    const file = files[Number(request.url.split('/')[1])];
    response.writeHead(200, { 'cache-control': 'max-age=60' });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  // Only because this server is our own.
  const loader = new AudioLoader({ sampleRate: 16_000, allowHttp: true, allowPrivateAddresses: true });
  const rows = [];
  for (const [i, file] of files.entries()) {
    const address = `${base}/${i}/${encodeURIComponent(basename(file))}`;
    const cells = [];
    for (let time = 0; time < 2; time++) {
      const start = performance.now();
      const { cache } = await loader.load(address);
      cells.push(cache, `${(performance.now() - start).toFixed(1)} ms`);
    }
    rows.push([printable(address), ...cells]);
  }
  const { entries, bytes } = loader.stats();
  await loader.close();
  server.close();
  const columns = [{ title: 'address' }, { title: 'first' }, right('time'), { title: 'again' }, right('time')];
  console.log(`\nLoaded from a server (${entries} in the cache, ${(bytes / 1e6).toFixed(1)} MB):\n`);
  process.stdout.write(table(columns, rows));
}

async function draw(file) {
  const { loadDrawing } = await import('../dist/cli/picture/drawing.js');
  const { writePicture } = await import('../dist/cli/commands/inspect.js');
  const output = inProject('build/demo.png');
  try {
    const drawing = await loadDrawing();
    const audio = await new AudioDecoder().decode(file, { channels: 'native' });
    await writePicture(drawing, audio, file, output, { width: 1200, height: 700 }, new AbortController().signal);
    console.log(`\nWaveform and spectrogram of ${shown(file)}: ${shown(output)}`);
  } catch (error) {
    console.error(`\nNo picture: ${error.message}`);
  }
}

/** What a speech model sees: log-mel features, as Whisper's front end makes them. */
async function drawFeatures(files) {
  const { FeatureExtractor } = await import('../dist/features/index.js');
  const { loadDrawing } = await import('../dist/cli/picture/drawing.js');
  const { featuresPicture } = await import('../dist/cli/commands/features.js');
  const { writeOutput } = await import('../dist/cli/output/write_output.js');
  const extractor = FeatureExtractor.whisper({ mels: 128 });
  try {
    const drawing = await loadDrawing();
    const clips = await Promise.all(files.map((file) => decoder.decode(file)));
    const features = await extractor.extract(clips, { truncation: true });
    console.log(`\nLog-mel features, ${features.inputFeatures.dtype} ${shape(features.inputFeatures.shape)}:`);
    for (const [i, file] of files.entries()) {
      const output = inProject(`build/demo-mel-${i + 1}.png`);
      const png = await featuresPicture(drawing, extractor.spec, features, i, { file, audio: clips[i] });
      await writeOutput(output, [png], new AbortController().signal);
      console.log(`  ${shown(file)}: ${shown(output)}`);
    }
  } catch (error) {
    console.error(`\nNo pictures of features: ${error.message}`);
  }
}

/** Its weights are random: what it makes has the shapes of embeddings, and no meaning. */
async function encode(files) {
  const { AudioTower } = await import('../dist/tower/index.js');
  try {
    const tower = await AudioTower.load(inProject('test/fixtures/towers/qwen2-audio'));
    const rows = [];
    for (const file of files) {
      const audio = await decoder.decode(file);
      const start = performance.now();
      const { audioFeatures, tokens } = await tower.embed(audio, { long: 'split' });
      const time = `${(performance.now() - start).toFixed(1)} ms`;
      rows.push([shown(file), String(tokens[0]), shape(audioFeatures.shape), audioFeatures.dtype, time]);
    }
    const columns = [{ title: 'file' }, right('tokens'), { title: 'shape' }, { title: 'dtype' }, right('time')];
    console.log(`\nEmbeddings of a small Qwen2-Audio tower with random weights, on ${tower.provider}:\n`);
    process.stdout.write(table(columns, rows));
    await tower.close();
  } catch (error) {
    if (error.code !== 'ERR_PROVIDER_UNAVAILABLE') throw error;
    console.error(`\nNo embeddings: ${error.message}`);
  }
}

/** What is said. The weights are not part of this repository. */
async function write(file) {
  const folder = process.env.COCHLEA_WHISPER || inProject('models/whisper');
  if (!existsSync(folder)) {
    console.log(
      '\nNo transcription: there is no Whisper. docs/guide/transcribing.md says how to make a folder of one;',
    );
    console.log('put it into models/whisper, or name it: COCHLEA_WHISPER=FOLDER npm run demo');
    return;
  }
  const { Transcriber } = await import('../dist/transcribe/index.js');
  try {
    const transcriber = await Transcriber.load(folder);
    const start = performance.now();
    const { segments, language } = await transcriber.transcribe(file);
    const time = `${(performance.now() - start).toFixed(1)} ms`;
    const rows = segments.map(({ start, end, text }) => [duration(start), duration(end), printable(text.trim())]);
    console.log(`\nText of ${shown(file)}, ${language}, on ${transcriber.provider}, ${time}:\n`);
    process.stdout.write(table([right('from'), right('to'), { title: 'text' }], rows));
    await transcriber.close();
  } catch (error) {
    if (!(error instanceof CochleaError)) throw error;
    console.error(`\nNo transcription: ${error.message}`);
  }
}

/** Starts `cochlea serve` on any free port, sends it a file, and stops it. */
async function callService(file) {
  const service = spawn(process.execPath, [inProject('dist/cli/main.js'), 'serve', '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((resolve) => service.once('exit', resolve));
  let said = '';
  for await (const text of service.stderr.setEncoding('utf8')) {
    said += text;
    if (said.includes('listening on')) break;
  }
  const [address] = /http:\S+/.exec(said) ?? [];
  if (!address) {
    console.error(`\nNo service: ${said}`);
    return;
  }
  const start = performance.now();
  const response = await fetch(`${address}/v1/audio/decode?sample_rate=16000&response_format=npy`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: readFileSync(file),
  });
  const { byteLength } = await response.arrayBuffer();
  const time = `${(performance.now() - start).toFixed(1)} ms`;
  const facts = [`${response.headers.get('x-audio-frames')} frames`, `${byteLength} bytes of npy`, time];
  console.log(`\nThe service at ${address} decoded ${shown(file)}: ${response.status}, ${facts.join(', ')}`);
  service.kill('SIGTERM');
  await ended;
}
