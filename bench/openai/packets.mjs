/** Where the audio of a file is, by ffprobe: so many bytes hold so many seconds. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * @param {string} path
 * @returns {Promise<{seconds: number, bytes: number}[]>} the first `bytes` bytes hold that many seconds of audio
 */
export async function packetsOf(path) {
  const show = ['-v', 'error', '-of', 'json', '-show_entries', 'packet=pos,duration_time', path];
  const { stdout } = await promisify(execFile)('ffprobe', show, { maxBuffer: 2 ** 28 });
  const packets = JSON.parse(stdout).packets.map((each) => ({
    pos: Number(each.pos),
    seconds: Number(each.duration_time),
  }));
  const found = [];
  let seconds = 0;
  for (const [i, packet] of packets.entries()) {
    seconds += packet.seconds;
    // Packets of a page of Ogg are all where the page is: it is there when the next one begins.
    const next = packets[i + 1]?.pos;
    if (next === undefined || next > packet.pos) found.push({ seconds, bytes: next ?? Number.POSITIVE_INFINITY });
  }
  return found;
}
