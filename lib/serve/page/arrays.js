/** Arrays that the service sends, and a file that players read. */

/** Little-endian float32, as all machines with browsers have it. */
export function readFloats(buffer) {
  return new Float32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
}

/**
 * An array in NumPy's format (NEP 1), of float32 in C order: what the service sends.
 *
 * @throws {Error} It is none.
 */
export function readNpy(buffer) {
  const view = new DataView(buffer);
  const isNpy = view.byteLength > 12 && view.getUint32(0) === 0x934e554d && view.getUint16(4) === 0x5059;
  if (!isNpy) throw new Error('the answer is not an array of NumPy');
  const long = view.getUint8(6) > 1;
  const start = long ? 12 : 10;
  const end = start + (long ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder().decode(buffer.slice(start, end));
  const [, numbers] = /'shape': \(([\d, ]*)\)/.exec(header) ?? [];
  if (numbers === undefined || !header.includes("'<f4'") || header.includes("'fortran_order': True")) {
    throw new Error(`the answer is an array of another kind: ${header.trim()}`);
  }
  const shape = numbers
    .split(',')
    .filter((each) => each.trim() !== '')
    .map(Number);
  const length = shape.reduce((product, each) => product * each, 1);
  return { shape, data: new Float32Array(buffer.slice(end, end + 4 * length)) };
}

/** One channel as a WAV file of float32. */
export function wavOf(samples, sampleRate) {
  const header = new DataView(new ArrayBuffer(44));
  const text = (at, word) => [...word].forEach((letter, i) => void header.setUint8(at + i, letter.charCodeAt(0)));
  const bytes = 4 * samples.length;
  text(0, 'RIFF');
  header.setUint32(4, 36 + bytes, true);
  text(8, 'WAVEfmt ');
  header.setUint32(16, 16, true);
  // WAVE_FORMAT_IEEE_FLOAT, one channel.
  header.setUint16(20, 3, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, sampleRate, true);
  header.setUint32(28, 4 * sampleRate, true);
  header.setUint16(32, 4, true);
  header.setUint16(34, 32, true);
  text(36, 'data');
  header.setUint32(40, bytes, true);
  return new Blob([header, samples], { type: 'audio/wav' });
}
