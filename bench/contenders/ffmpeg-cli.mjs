/** A process per file: what most Node services do. It reads the file itself, so that it can seek. */
import { spawn } from 'node:child_process';
import { ffmpegVersion } from '../inputs.mjs';

/** @type {import('./contender.mjs').Load} */
export async function load() {
  return { version: ffmpegVersion(), decode: (_bytes, path) => decode(path) };
}

/** @param {string} path @returns {Promise<Float32Array>} */
function decode(path) {
  const args = ['-nostdin', '-v', 'error', '-i', path, '-vn', '-ac', '1', '-ar', '16000', '-f', 'f32le', 'pipe:1'];
  return new Promise((resolve, reject) => {
    const child = spawn('ffmpeg', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    /** @type {Buffer[]} */
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) return reject(new Error(`ffmpeg exited with ${code}`));
      const bytes = Buffer.concat(chunks);
      // Small results come from Buffer's pool, where the offset may not be a multiple of four.
      const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
      resolve(new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2));
    });
  });
}
