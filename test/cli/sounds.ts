import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';

export interface Sound {
  readonly sampleRate?: number;
  readonly frames?: number;
  readonly channels?: number;
}

/** Writes a 16-bit WAV file of tones, one frequency per channel, and returns its path. */
export function writeWav(path: string, sound: Sound = {}): string {
  const { sampleRate = 8000, frames = 4000, channels = 1 } = sound;
  const samples = tones(sampleRate, frames, channels);
  writeFileSync(path, Buffer.concat([wavHeader(sampleRate, channels, frames * channels * 2), samples]));
  return path;
}

/** Interleaved 16-bit little-endian samples. */
export function tones(sampleRate: number, frames: number, channels: number): Buffer {
  const bytes = Buffer.alloc(frames * channels * 2);
  for (let frame = 0; frame < frames; frame++) {
    for (let channel = 0; channel < channels; channel++) {
      const angle = (2 * Math.PI * 440 * (channel + 1) * frame) / sampleRate;
      bytes.writeInt16LE(Math.round(16_000 * Math.sin(angle)), (frame * channels + channel) * 2);
    }
  }
  return bytes;
}

/** A 48 kHz mono WAV file of silence that takes no room on disk: work for a while. */
export function writeSilence(path: string, seconds: number): string {
  const bytes = seconds * 48_000 * 2;
  const file = openSync(path, 'w');
  writeSync(file, wavHeader(48_000, 1, bytes));
  ftruncateSync(file, 44 + bytes);
  closeSync(file);
  return path;
}

function wavHeader(sampleRate: number, channels: number, dataBytes: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes, 40);
  return header;
}
