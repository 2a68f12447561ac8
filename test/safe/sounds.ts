/** WAV files made in memory, whose headers may lie. */

export interface WavHeader {
  readonly format?: 'pcm' | 'float';
  readonly channels?: number;
  /** Hz. */
  readonly sampleRate?: number;
  readonly bits?: number;
  /** What the header says about the data chunk; default: the truth. */
  readonly dataBytes?: number;
}

export function wav(data: Uint8Array, header: WavHeader = {}): Uint8Array<ArrayBuffer> {
  const { format = 'pcm', channels = 1, sampleRate = 16_000, bits = 16, dataBytes = data.byteLength } = header;
  const bytes = new Uint8Array(44 + data.byteLength);
  const view = new DataView(bytes.buffer);
  const frameBytes = ((channels * bits) / 8) & 0xffff;
  text(bytes, 0, 'RIFF');
  view.setUint32(4, (dataBytes + 36) >>> 0, true);
  text(bytes, 8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, format === 'pcm' ? 1 : 3, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, (sampleRate * frameBytes) >>> 0, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, bits, true);
  text(bytes, 36, 'data');
  view.setUint32(40, dataBytes >>> 0, true);
  bytes.set(data, 44);
  return bytes;
}

function text(bytes: Uint8Array, at: number, characters: string): void {
  for (let i = 0; i < characters.length; i++) bytes[at + i] = characters.charCodeAt(i);
}

/** A 16-bit mono WAV of a 440 Hz tone at half of full scale. */
export function toneWav(seconds: number, sampleRate = 16_000): Uint8Array<ArrayBuffer> {
  const samples = new Int16Array(Math.round(seconds * sampleRate));
  for (let i = 0; i < samples.length; i++) {
    samples[i] = Math.round(16_384 * Math.sin((2 * Math.PI * 440 * i) / sampleRate));
  }
  return wav(new Uint8Array(samples.buffer), { sampleRate });
}

/** Silence, 16 bits: cheap to make, as much work to decode as sound. */
export function silentWav(seconds: number, sampleRate = 16_000, channels = 1): Uint8Array<ArrayBuffer> {
  return wav(new Uint8Array(Math.round(seconds * sampleRate) * channels * 2), { sampleRate, channels });
}

export function floatWav(
  samples: readonly number[],
  header: Omit<WavHeader, 'format' | 'bits'> = {},
): Uint8Array<ArrayBuffer> {
  return wav(new Uint8Array(Float32Array.from(samples).buffer), { ...header, format: 'float', bits: 32 });
}
