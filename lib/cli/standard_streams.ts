/** As most commands have it: `-` is standard input as a source, and standard output as a result. */
export const standard = '-';

export function isStandardInput(source: string): boolean {
  return source === standard || source === '/dev/stdin';
}

export function isStandardOutput(path: string): boolean {
  return path === standard || path === '/dev/stdout';
}

/** Where tables and JSON lines go: not where a result goes. */
export function reportStream(outputs: Iterable<string>): NodeJS.WriteStream {
  return [...outputs].some(isStandardOutput) ? process.stderr : process.stdout;
}
