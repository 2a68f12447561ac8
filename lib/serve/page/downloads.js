import { onPress } from './press.js';
import { bytes } from './scales.js';
import { ask, bodyOf, clipOf } from './service.js';

const section = document.getElementById('downloads');

/** What the service makes of a clip. */
const kinds = {
  wav: { address: 'v1/audio/decode?response_format=wav&sample_rate=16000', extension: 'wav' },
  flac: { address: 'v1/audio/decode?response_format=flac&sample_rate=16000', extension: 'flac' },
  npy: { address: 'v1/audio/features?response_format=npy&padding=longest&end=30', extension: 'npy' },
  safetensors: {
    address: 'v1/audio/features?response_format=safetensors&padding=longest&end=30',
    extension: 'safetensors',
  },
  embeddings: { address: 'v1/audio/embeddings', extension: 'embeddings.safetensors' },
};

/** Shows the buttons for a file. Each asks the service, and saves what it gives. */
export function offerDownloads(file, signal, { say, fail }) {
  section.hidden = false;
  for (const button of section.querySelectorAll('button')) {
    const { address, extension } = kinds[button.dataset.kind];
    const name = `${file.name.replace(/\.\w{1,5}$/, '')}.${extension}`;
    onPress(button, async () => {
      say(`Making ${name}…`, true);
      try {
        const request = button.dataset.kind === 'embeddings' ? embeddingsOf(file) : clipOf(file);
        const blob = await bodyOf(await ask(address, { ...request, signal }), 'blob', signal);
        save(blob, name);
        say(`${name}: ${bytes(blob.size)}.`);
      } catch (error) {
        if (!signal.aborted) fail(error, () => button.click());
      }
    });
  }
}

function embeddingsOf(file) {
  const body = new FormData();
  body.append('file', file);
  body.append('end', 30);
  return { method: 'POST', body, headers: { accept: 'application/vnd.safetensors' } };
}

function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has the bytes when the click is over; some look at the address a little later.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
