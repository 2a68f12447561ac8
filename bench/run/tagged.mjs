/** The MP3 with an ID3v1 tag behind it, so that it is one of its own: @param {Buffer} file @param {string} title */
export function tagged(file, title) {
  const tag = Buffer.alloc(128);
  tag.write('TAG');
  tag.write(title, 3, 30);
  return Buffer.concat([file, tag]);
}
