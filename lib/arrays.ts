/**
 * Typed arrays over a plain `ArrayBuffer`, which can be transferred and which `Blob` and WebGPU accept. TypeScript 5.7
 * writes this type as `Float32Array<ArrayBuffer>`. In TypeScript 5.6 and older that is an error; `skipLibCheck` hides
 * it, and `audio.data` silently becomes `any`. The return type of `of` is correct in every version.
 */
export type PlainFloat32Array = ReturnType<Float32ArrayConstructor['of']>;
export type PlainInt32Array = ReturnType<Int32ArrayConstructor['of']>;
export type PlainUint16Array = ReturnType<Uint16ArrayConstructor['of']>;
export type PlainUint8Array = ReturnType<Uint8ArrayConstructor['of']>;
