/** Gives the milliseconds since it was asked last, to the microsecond. */
export function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const passed = now - last;
    last = now;
    return Math.round(passed * 1000) / 1000;
  };
}
