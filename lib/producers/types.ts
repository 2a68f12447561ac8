/** Produces chunks. `stop` does not wait for the next chunk. */
export interface Producer<Value = unknown> {
  next(): Promise<{ done?: boolean | undefined; value?: Value | undefined }>;
  stop(): unknown;
}
