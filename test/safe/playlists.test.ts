import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AudioSource, decode, probe } from '../../dist/index.js';
import { errorOf } from './outcome.js';
import { toneWav } from './sounds.js';

/**
 * Text that makes a full FFmpeg open other files: 40 bytes of ffconcat, handed over as a buffer, were
 * enough to read a local file. Here the file is sound, so that reading it would be a success.
 */
let folder: string;
let secret: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
  secret = join(folder, 'secret.wav');
  writeFileSync(secret, toneWav(1));
});
afterAll(() => rmSync(folder, { recursive: true }));

const playlists: Record<string, (path: string) => string> = {
  ffconcat: (path) => `ffconcat version 1.0\nfile '${path}'\n`,
  'ffconcat without a header': (path) => `file '${path}'\n`,
  HLS: (path) => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1,\n${path}\n#EXT-X-ENDLIST\n`,
  'HLS with an address': () =>
    '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n#EXT-X-ENDLIST\n',
  M3U: (path) => `#EXTM3U\n#EXTINF:1,x\n${path}\n`,
  DASH: (path) =>
    `<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period>` +
    `<AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="1"><BaseURL>file://${path}</BaseURL>` +
    '</Representation></AdaptationSet></Period></MPD>\n',
  SDP: () => 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n',
  image2: (path) => `image2:${path}`,
  'RTSP address': () => 'rtsp://127.0.0.1:1/x',
  IMF: () => '<?xml version="1.0"?>\n<CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"/>\n',
};

describe.each(Object.entries(playlists))('%s', (name, write) => {
  test('as a buffer is no audio', async () => {
    const bytes = new TextEncoder().encode(write(secret));
    for (const call of [decode, probe] as ((source: AudioSource) => Promise<unknown>)[]) {
      const error = await errorOf(call(bytes));
      expect(error.code).toBe('ERR_AUDIO_UNSUPPORTED_CONTAINER');
      expect(error.message).not.toContain(secret);
    }
  });

  test('as a file, beside the file it names, is no audio', async () => {
    for (const ending of ['m3u8', 'ffconcat', 'txt', 'wav']) {
      const path = join(folder, `${name.replaceAll(' ', '-')}.${ending}`);
      writeFileSync(path, write('secret.wav'));
      expect((await errorOf(decode(path))).code).toBe('ERR_AUDIO_UNSUPPORTED_CONTAINER');
    }
  });
});

test('a string is a path, never a protocol of FFmpeg', async () => {
  for (const source of [
    `concat:${secret}`,
    `file:${secret}`,
    `subfile,,start,0,end,0,,:${secret}`,
    'pipe:0',
    'data:audio/wav;base64,AAAA',
  ]) {
    let error: Error & { code?: string; cause?: { code?: string } };
    try {
      await decode(source);
      throw new Error(`${source} was opened`);
    } catch (caught) {
      error = caught as typeof error;
    }
    if (error instanceof TypeError) continue;
    expect(error.code).toBe('ERR_AUDIO_SOURCE');
    expect(error.cause?.code).toBe('ENOENT');
  }
});
