import fc from 'fast-check';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseVtt, renderVtt } from '../../dist/openai/subtitles/index.js';
import { noBrowser, open } from '../serve/page/browser.js';
import { exactCues } from './cues.js';

interface Shown {
  readonly start: number;
  readonly end: number;
  readonly id: string;
  readonly text: string;
}

describe.skipIf(noBrowser)(`subtitles in Chromium${noBrowser ? `: skipped, ${noBrowser}` : ''}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await open();
  });
  afterAll(() => browser?.close());

  /** The cues that the browser's own parser finds in a WebVTT file. */
  async function shown(file: string): Promise<Shown[]> {
    const page = await browser.newPage();
    try {
      return await page.evaluate(async (text) => {
        const track = document.createElement('track');
        track.src = URL.createObjectURL(new Blob([text], { type: 'text/vtt' }));
        document.body.append(document.createElement('video'));
        document.querySelector('video')?.append(track);
        track.track.mode = 'hidden';
        await new Promise((resolve, reject) => {
          track.onload = resolve;
          track.onerror = () => reject(new Error('the browser does not read the file'));
        });
        return ([...(track.track.cues ?? [])] as VTTCue[]).map((cue) => ({
          start: cue.startTime,
          end: cue.endTime,
          id: cue.id,
          text: cue.getCueAsHTML().textContent ?? '',
        }));
      }, file);
    } finally {
      await page.close();
    }
  }

  test('2000 files joined: it finds our cues in them, with their words', async () => {
    const files = fc.sample(exactCues, { numRuns: 2000, seed: 1 });
    // It orders cues by time; and it takes no NUL, and no cue that ends as it begins.
    const cues = files.flat().map((cue, index) => ({
      ...cue,
      start: index,
      end: index + 0.001 + (cue.end % 1),
      text: cue.text.replaceAll('\0', ''),
    }));
    expect(cues.length).toBeGreaterThan(3000);
    const found = await shown(renderVtt(cues));
    const expected = parseVtt(renderVtt(cues)).map(({ start, end, id = '', text }) => ({ start, end, id, text }));
    expect(found).toEqual(expected);
    expect(found.map(({ text }) => text)).toEqual(cues.map(({ text }) => text));
  });

  test.each([
    'one<00:00.500> two <i>three</i> <c.a.b>four</c> <lang en>five</lang>',
    'AT&amp;T &lt;3 &gt; &quot;x&quot; &#39;&#x1F44B;&apos; &nbsp;&lrm;&rlm; &amp;lt;',
    'AT&T, fish & chips & &;',
    '<b><i>nested</b></i>',
  ])('it reads %j as we do', async (markup) => {
    const file = `WEBVTT\n\n00:00.000 --> 00:01.000\n${markup}\n`;
    const [{ text } = { text: 'nothing' }] = await shown(file);
    expect(parseVtt(file)[0]?.text).toBe(text);
  });
});
