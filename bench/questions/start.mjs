/** How soon is the first result there: a fresh process, import, then one three-second MP3 and another. */
import { median } from '../report/statistics.mjs';

/** @param {{contenders: any[], files: Record<string, any>, quick: boolean, progress: (text: string) => void}} run */
export async function measure({ contenders, files, quick, progress }) {
  const rows = [];
  for (const contender of contenders) {
    if (contender.missing !== undefined) {
      rows.push({ contender: contender.name, failed: contender.missing });
      continue;
    }
    const rounds = [];
    for (let round = 0; round < (quick ? 3 : 11); round++) {
      progress(`start: ${contender.name}, round ${round + 1}`);
      contender.close();
      const load = await contender.load();
      await contender.open(files['short.mp3'].path);
      const first = (await contender.ask('speed', {}, 60)).parts[0];
      const second = (await contender.ask('speed', {}, 60)).parts[0];
      rounds.push({ load, first, second });
    }
    const middle = (key) => median(rounds.map((round) => round[key]));
    rows.push({ contender: contender.name, load: middle('load'), first: middle('first'), second: middle('second') });
  }
  return rows;
}
