/** Ctrl-C and SIGTERM as an `AbortSignal`, so that a command can stop its decodes and remove partial files. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** 128 + the number of the signal, as shells count; `null` when none came. */
  exitCode(): number | null;
  /** Stops listening, so that the process can end. */
  dispose(): void;
}

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** Listens for the first signal only. A second one ends the process at once, as usual. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  let exitCode: number | null = null;
  const listen = (name: keyof typeof exitCodes) => {
    exitCode = exitCodes[name];
    dispose();
    controller.abort(new Error(`interrupted by ${name}`));
  };
  const dispose = () => {
    process.off('SIGINT', listen);
    process.off('SIGTERM', listen);
  };
  process.on('SIGINT', listen);
  process.on('SIGTERM', listen);
  return { signal: controller.signal, exitCode: () => exitCode, dispose };
}
