/**
 * Sources that need no preparation: bytes, paths and `file:` URLs.
 *
 * @inline
 */
export type ReadySource = Uint8Array | ArrayBuffer | SharedArrayBuffer | DataView | string | URL;
