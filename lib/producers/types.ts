/** Where chunks come from, and a way to stop that does not wait for the next one. */
export interface Producer<Value = unknown> {
  next(): Promise<{ done?: boolean | undefined; value?: Value | undefined }>;
  stop(): unknown;
}
