// TypeScript 5.7 and newer know what an array lies over.
import { decode, encode } from 'cochlea';

const audio = await decode('a.wav');
export const samples: Float32Array<ArrayBuffer> = audio.data;
export const file: Uint8Array<ArrayBuffer> = await encode(audio, { format: 'wav' });
