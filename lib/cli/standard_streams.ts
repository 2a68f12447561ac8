/** As in most commands, `-` is standard input as a source, and standard output as an output. */
export const standard = '-';

export function isStandardInput(source: string): boolean {
  return source === standard || source === '/dev/stdin';
}

export function isStandardOutput(path: string): boolean {
  return path === standard || path === '/dev/stdout';
}

/** The stream for tables and JSON lines: standard error if an output goes to standard output. */
export function reportStream(outputs: Iterable<string>): NodeJS.WriteStream {
  return [...outputs].some(isStandardOutput) ? process.stderr : process.stdout;
}
