/** The page: a file comes in, goes through the service stage by stage, and is shown as it goes. */
import { readFloats, readNpy, wavOf } from './arrays.js';
import { offerDownloads } from './downloads.js';
import { takeFiles } from './intake.js';
import { melPicture, spectrogramPicture, wavePicture } from './pictures.js';
import { Plot } from './plot.js';
import { seconds } from './scales.js';
import { ask, bodyOf, clipOf, factsOf, hasKey, keepKey, ServiceError, stateOf, timingsOf } from './service.js';
import { addTimings, showEmbeddings, showFacts, showService } from './view.js';

/** Seconds: of longer audio the beginning is shown. */
const shownSeconds = 600;
/** What a model takes at a time. */
const modelSeconds = 30;
/** Milliseconds after which a service that loads its model is asked again. */
const patience = 2000;

const element = (id) => document.getElementById(id);
const player = element('player');
const seek = (time) => {
  player.currentTime = time;
};
const plots = {
  waveform: new Plot(element('waveform'), seek),
  spectrogram: new Plot(element('spectrogram'), seek),
  mel: new Plot(element('mel'), seek),
};

/** Of the file that is shown: it ends when another one comes. */
let current = new AbortController();
let again = () => {};

function say(text, working = false) {
  element('stage').textContent = text;
  element('stage').classList.toggle('working', working);
  element('result').setAttribute('aria-busy', String(working));
}

/** Everything that fails comes here. `retry` does the same once more. */
function fail(error, retry) {
  say('');
  again = retry;
  if (error.status === 401) {
    element('key').hidden = false;
    element('key-refused').hidden = !hasKey();
    element('key-text').value = '';
    element('key-text').focus();
    return;
  }
  const known = error instanceof ServiceError;
  element('problem-message').textContent = known ? sentence(error.message) : 'This page has a mistake.';
  element('problem-remedy').textContent = known ? error.remedy : String(error);
  element('problem-code').textContent = known ? error.code : error.name;
  element('again').hidden = known && !error.retryable;
  element('problem').hidden = false;
  element('problem').scrollIntoView({ block: 'nearest' });
}

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

/** The name of the model of the service; undefined without one. The header of the page says how the service is. */
async function lookAtService(signal) {
  try {
    const state = await stateOf(signal);
    const { data } = await bodyOf(await ask('v1/models', { signal }), 'json', signal);
    const model = data[0]?.id;
    showService(state, model);
    return { state, model };
  } catch (error) {
    if (!signal?.aborted) showService(error.status === 401 ? 'locked' : 'away');
    throw error;
  }
}

/** Looks until the service is ready. */
async function awaitService() {
  try {
    const { state } = await lookAtService();
    if (state !== 'ready') setTimeout(awaitService, patience);
  } catch (error) {
    fail(error, awaitService);
  }
}

async function show(file) {
  current.abort();
  current = new AbortController();
  const { signal } = current;
  clear(file);
  try {
    await run(file, signal);
  } catch (error) {
    if (!signal.aborted) fail(error, () => show(file));
  }
}

function clear(file) {
  player.pause();
  element('intake').classList.add('small');
  for (const plot of Object.values(plots)) plot.clear();
  for (const id of ['problem', 'key', 'result', 'embeddings', 'embeddings-download', 'timings', 'downloads'])
    element(id).hidden = true;
  document.querySelector('#timings tbody').replaceChildren();
  element('name').textContent = file.name;
}

async function run(file, signal) {
  say('Asking the service…', true);
  const { model } = await lookAtService(signal);
  const start = performance.now();
  say(`Decoding ${file.name}…`, true);
  const duration = await decode(file, signal);
  say('Making features…', true);
  await extract(file, signal);
  offerDownloads(file, signal, { say, fail });
  if (model) {
    say('Making embeddings…', true);
    await embed(file, model, signal);
  }
  const notes = [
    `Done: ${seconds(duration)} of audio in ${seconds((performance.now() - start) / 1000)}.`,
    duration >= shownSeconds && 'The first 10 minutes are shown.',
    duration > modelSeconds && `Features${model ? ' and embeddings' : ''} are of the first 30 s.`,
  ];
  say(notes.filter(Boolean).join(' '));
}

async function decode(file, signal) {
  const address = `v1/audio/decode?response_format=f32&sample_rate=16000&end=${shownSeconds}`;
  const response = await ask(address, { ...clipOf(file), signal });
  const samples = readFloats(await bodyOf(response, 'arrayBuffer', signal));
  const facts = factsOf(response);
  const audio = { ...facts, samples };
  showFacts(file, facts);
  addTimings('decode', timingsOf(response));
  element('result').hidden = false;
  play(file, audio);
  await plots.waveform.show(wavePicture(audio));
  await plots.spectrogram.show(spectrogramPicture(audio));
  signal.throwIfAborted();
  return facts.duration;
}

/** The file itself, or what came of it where the browser does not know the format. */
function play(file, { samples, sampleRate }) {
  const load = (blob) => {
    URL.revokeObjectURL(player.src);
    player.src = URL.createObjectURL(blob);
  };
  element('player-note').hidden = true;
  player.onerror = () => {
    player.onerror = null;
    load(wavOf(samples, sampleRate));
    element('player-note').hidden = false;
  };
  load(file);
}

async function extract(file, signal) {
  const address = `v1/audio/features?response_format=npy&padding=longest&end=${modelSeconds}`;
  const response = await ask(address, { ...clipOf(file), signal });
  const features = readNpy(await bodyOf(response, 'arrayBuffer', signal));
  addTimings('features', timingsOf(response));
  element('mel-shape').textContent = `[${features.shape.join(', ')}], float32`;
  await plots.mel.show(melPicture(features));
  signal.throwIfAborted();
}

async function embed(file, model, signal) {
  const body = new FormData();
  body.append('file', file);
  body.append('end', modelSeconds);
  const headers = { accept: 'application/x-ndjson' };
  const response = await ask('v1/audio/embeddings', { method: 'POST', body, headers, signal });
  const text = await bodyOf(response, 'text', signal);
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const failed = lines.find(({ error }) => error);
  if (failed) throw new ServiceError(failed.error, failed.error);
  const [clip] = lines;
  addTimings(
    'embeddings',
    Object.entries(clip.timings).map(([name, time]) => [name.replace('_ms', ''), time]),
  );
  showEmbeddings(model, clip);
}

function followPlayer() {
  for (const plot of Object.values(plots)) plot.playing(player.currentTime);
  if (!player.paused) requestAnimationFrame(followPlayer);
}

for (const event of ['play', 'seeked', 'loadedmetadata']) player.addEventListener(event, followPlayer);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plots.waveform.draw());
/** What was pressed goes away: the focus would go with it. */
function goOn(pressed) {
  pressed.hidden = true;
  element('stage').focus();
  again();
}

element('again').addEventListener('click', () => goOn(element('problem')));
element('key').addEventListener('submit', (event) => {
  event.preventDefault();
  keepKey(element('key-text').value.trim());
  goOn(element('key'));
});
takeFiles(show, fail);
awaitService();
