/** Formats numbers for people. */

export function hertz(rate: number): string {
  return `${rate} Hz`;
}

/** `0.512 s`, `3:07.250`, `1:02:03.000`; `?` when unknown. */
export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return '?';
  const milliseconds = Math.round(seconds * 1000);
  if (milliseconds < 60_000) return `${seconds.toFixed(3)} s`;
  const hours = Math.floor(milliseconds / 3_600_000);
  const minutes = Math.floor(milliseconds / 60_000) % 60;
  const rest = ((milliseconds % 60_000) / 1000).toFixed(3).padStart(6, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** `128 kb/s`; `?` when unknown. */
export function bitRate(bitsPerSecond: number | null): string {
  if (bitsPerSecond === null) return '?';
  const kilobits = bitsPerSecond / 1000;
  return `${kilobits < 100 ? Number(kilobits.toFixed(1)) : Math.round(kilobits)} kb/s`;
}

export function shape(sizes: readonly number[]): string {
  return `[${sizes.join(', ')}]`;
}

/**
 * FFmpeg names a demuxer after all formats that it reads (`mov,mp4,m4a,3gp,3g2,mj2`): the first two are enough for a
 * table.
 */
export function container(name: string): string {
  const [first, second, third] = name.split(',');
  return third === undefined ? name : `${first},${second},…`;
}

export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`;
}

/** `512 B`, `12.3 kB`, `4.56 MB`: three digits. */
export function bytes(count: number): string {
  let amount = count;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    // The next unit begins where three digits would round up to 1000.
    if (amount < 999.5) return `${unit === 'B' ? Math.round(amount) : Number(amount.toPrecision(3))} ${unit}`;
    amount /= 1000;
  }
  return `${Math.round(amount)} TB`;
}
