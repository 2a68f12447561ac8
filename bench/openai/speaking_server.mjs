/** A server that speaks: its first write holds 0.3 s of speech, and the rest comes as fast as people speak. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { packetsOf } from './packets.mjs';

const speech = fileURLToPath(new URL('../../test/fixtures/speech/speech.flac', import.meta.url));
export const FIRST_SECONDS = 0.3;
const CODECS = {
  mp3: ['-c:a', 'libmp3lame', '-b:a', '64k', '-f', 'mp3'],
  // As servers that speak write it: a page for each packet.
  opus: ['-c:a', 'libopus', '-b:a', '32k', '-page_duration', '20000', '-f', 'ogg'],
  aac: ['-c:a', 'aac', '-b:a', '64k', '-f', 'adts'],
  flac: ['-c:a', 'flac', '-f', 'flac'],
  wav: ['-c:a', 'pcm_s16le', '-f', 'wav'],
};
export const FORMATS = [...Object.keys(CODECS), 'pcm'];
const WAV_HEADER = 44;

export class SpeakingServer {
  /** When the first write was made. */
  spokeAt = 0;
  /** Whether it answers with WAV, whatever it was asked for. */
  onlyWav = false;
  #server;
  #files = new Map();

  static async start() {
    const server = new SpeakingServer();
    const folder = mkdtempSync(join(tmpdir(), 'cochlea-speech-'));
    try {
      for (const [format, codec] of Object.entries(CODECS)) {
        const path = join(folder, `speech.${format}`);
        const args = ['-v', 'error', '-nostdin', '-i', speech, '-ar', '24000', '-ac', '1', '-bitexact'];
        execFileSync('ffmpeg', [...args, ...codec, path]);
        server.#files.set(format, { file: readFileSync(path), packets: await packetsOf(path) });
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
    const { file, packets } = server.#files.get('wav');
    server.#files.set('pcm', {
      file: file.subarray(WAV_HEADER),
      packets: packets.map((each) => ({ ...each, bytes: each.bytes - WAV_HEADER })),
    });
    server.#server = createServer((request, response) => void server.#speak(request, response)).listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}/v1`;
  }

  /** A file, and the seconds of audio that its first bytes hold. */
  fileOf(format) {
    return this.#files.get(format);
  }

  async close() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #speak(request, response) {
    const body = [];
    for await (const chunk of request) body.push(chunk);
    const { response_format: asked } = JSON.parse(Buffer.concat(body).toString());
    const format = this.onlyWav ? 'wav' : asked;
    response.writeHead(200, { 'content-type': format === 'pcm' ? 'audio/pcm;rate=24000' : `audio/${format}` });
    response.flushHeaders();
    // Whoever waits has the headers by then.
    await sleep(20);
    this.spokeAt = performance.now();
    const { packets, file } = this.#files.get(format);
    let [from, spoken] = [0, FIRST_SECONDS];
    for (const { bytes, seconds } of packets) {
      if (seconds < FIRST_SECONDS) continue;
      if (from > 0) await sleep((seconds - spoken) * 1000);
      if (response.destroyed) return;
      response.write(file.subarray(from, bytes));
      [from, spoken] = [bytes, seconds];
    }
    response.end();
  }
}
