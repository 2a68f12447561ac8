/** Pages of Ogg files (RFC 3533). */

export function oggPages(file: Buffer): Buffer[] {
  const pages: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const segments = file.subarray(at + 27, at + 27 + (file[at + 26] as number));
    const end = at + 27 + segments.length + segments.reduce((sum, size) => sum + size, 0);
    pages.push(file.subarray(at, end));
    at = end;
  }
  return pages;
}

/** The same stream under another serial number: as a further link, it must have one of its own. */
export function withSerial(file: Buffer, serial: number): Buffer {
  return Buffer.concat(
    oggPages(file).map((page) => {
      const copy = Buffer.from(page);
      copy.writeUInt32LE(serial, 14);
      copy.writeUInt32LE(0, 22);
      copy.writeUInt32LE(checksum(copy), 22);
      return copy;
    }),
  );
}

function checksum(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) {
    value ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  }
  return value >>> 0;
}
