import { bytes, channels, hertz, milliseconds, seconds, whole } from './scales.js';

const element = (id) => document.getElementById(id);

function made(name, text, className) {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

const pairs = (entries) =>
  entries.map(([term, text]) => {
    const pair = made('div');
    pair.append(made('dt', term), made('dd', text));
    return pair;
  });

/** A name that is a hash is shown by its beginning. */
const short = (model) => (/^[0-9a-f]{32,}$/.test(model) ? `${model.slice(0, 8)}…` : model);

const states = {
  ready: 'Ready',
  loading: 'The model is loading…',
  draining: 'The service stops',
  locked: 'Asks for a key',
  away: 'No answer',
};

export function showService(state, model) {
  element('service').textContent = model ? `${states[state]} · ${short(model)}` : states[state];
  element('service').dataset.state = state;
}

/** What is known of the file, and of what the service made of it. */
export function showFacts(file, { source, sampleRate, frames, duration, warnings }) {
  const { container, codec, sample_rate, channel_layout, duration: stated } = source ?? {};
  const entries = [
    ['Duration', seconds(duration)],
    source && ['Format', codec === container ? codec : `${codec} in ${container.split(',')[0]}`],
    source && ['Source', `${hertz(sample_rate)}, ${channel_layout || channels(source.channels)}`],
    ['Decoded', `${whole(frames)} samples at ${hertz(sampleRate)}`],
    ['Size', bytes(file.size)],
    stated > duration + 1 && ['Stated length', seconds(stated)],
  ];
  element('facts').replaceChildren(...pairs(entries.filter(Boolean)));
  element('warnings').replaceChildren(...warnings.map((each) => made('li', each)));
  element('warnings').hidden = warnings.length === 0;
}

export function showEmbeddings(model, { tokens, embeddings_shape, embedding_dtype, content_id, warnings }) {
  const entries = [
    ['Model', short(model)],
    ['Tokens', whole(tokens)],
    ['Shape', `[${embeddings_shape.join(', ')}]`],
    ['Type', embedding_dtype],
    ['Content', content_id],
    ...warnings.map((each) => ['Warning', each]),
  ];
  element('embeddings-facts').replaceChildren(...pairs(entries));
  element('embeddings').hidden = false;
  element('embeddings-download').hidden = false;
}

/** Adds the stages of a request. Bars are as long as the longest stage allows. */
export function addTimings(request, stages) {
  const body = document.querySelector('#timings tbody');
  for (const [i, [stage, time]] of stages.entries()) {
    const row = made('tr');
    const bar = made('i', undefined, 'bar');
    bar.dataset.time = time;
    const cell = made('td');
    cell.append(bar);
    const name = made('th', i === 0 ? request : '');
    if (i === 0) name.scope = 'row';
    row.append(i === 0 ? name : made('td'), made('td', stage), made('td', milliseconds(time), 'time'), cell);
    body.append(row);
  }
  const bars = [...body.querySelectorAll('.bar')];
  const longest = Math.max(...bars.map(({ dataset }) => Number(dataset.time)));
  for (const bar of bars) bar.style.width = `${longest > 0 ? (100 * bar.dataset.time) / longest : 0}%`;
  element('timings').hidden = false;
}
