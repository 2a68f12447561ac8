/**
 * Arrays over an `ArrayBuffer` of their own, which may be transferred and which `Blob` and WebGPU take:
 * `Float32Array<ArrayBuffer>` in the words of TypeScript 5.7. In those of 5.6 and before, that is an error, which
 * `skipLibCheck` hides, and then `audio.data` is `any` without a word. What `of` returns is right in all of them.
 */
export type PlainFloat32Array = ReturnType<Float32ArrayConstructor['of']>;
export type PlainInt32Array = ReturnType<Int32ArrayConstructor['of']>;
export type PlainUint16Array = ReturnType<Uint16ArrayConstructor['of']>;
export type PlainUint8Array = ReturnType<Uint8ArrayConstructor['of']>;
