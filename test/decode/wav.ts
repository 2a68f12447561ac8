/** A WAV file of float32 samples, one array for each channel. */
export function floatWav(channels: Float32Array[], sampleRate: number): Uint8Array {
  const frames = channels[0]?.length ?? 0;
  const bytesPerFrame = channels.length * 4;
  const file = new DataView(new ArrayBuffer(44 + frames * bytesPerFrame));
  const text = (at: number, word: string): void => {
    for (let i = 0; i < word.length; i++) file.setUint8(at + i, word.charCodeAt(i));
  };
  text(0, 'RIFF');
  file.setUint32(4, file.byteLength - 8, true);
  text(8, 'WAVEfmt ');
  file.setUint32(16, 16, true);
  file.setUint16(20, 3, true);
  file.setUint16(22, channels.length, true);
  file.setUint32(24, sampleRate, true);
  file.setUint32(28, sampleRate * bytesPerFrame, true);
  file.setUint16(32, bytesPerFrame, true);
  file.setUint16(34, 32, true);
  text(36, 'data');
  file.setUint32(40, frames * bytesPerFrame, true);
  for (let i = 0; i < frames; i++) {
    channels.forEach((samples, c) => {
      file.setFloat32(44 + i * bytesPerFrame + c * 4, samples[i] as number, true);
    });
  }
  return new Uint8Array(file.buffer);
}

/** Bit for bit. */
export function equalSamples(a: Float32Array, b: Float32Array): boolean {
  const bytes = (samples: Float32Array): Uint8Array =>
    new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  return Buffer.compare(bytes(a), bytes(b)) === 0;
}
