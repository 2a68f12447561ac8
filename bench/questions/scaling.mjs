/** Do more decodes at once use more cores? Ten-second MP3 clips with 1, 2, 4 and 8 in flight. */
import { median } from '../report/statistics.mjs';

const LANES = [1, 2, 4, 8];

/** @param {{contenders: any[], files: Record<string, any>, quick: boolean, progress: (text: string) => void}} run */
export async function measure({ contenders, files, quick, progress }) {
  const rows = [];
  for (const contender of contenders) {
    try {
      if (contender.missing !== undefined) throw new Error(contender.missing);
      await contender.open(files['clip.mp3'].path);
      await contender.ask('clips', { count: 16, inFlight: 8 }, 60);
      const rounds = [];
      for (let round = 0; round < (quick ? 1 : 5); round++) {
        const rates = [];
        for (const inFlight of LANES) {
          progress(`scaling: ${contender.name}, ${inFlight} in flight, round ${round + 1}`);
          rates.push((await contender.ask('clips', { count: 128, inFlight }, 120)).perSecond);
        }
        rounds.push(rates);
      }
      for (const [i, inFlight] of LANES.entries()) {
        rows.push({ contender: contender.name, inFlight, perSecond: median(rounds.map((rates) => rates[i])) });
      }
    } catch (error) {
      rows.push({ contender: contender.name, failed: /** @type {Error} */ (error).message });
    }
  }
  return rows;
}
