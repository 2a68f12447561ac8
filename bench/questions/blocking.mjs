/** Does a burst of long decodes hold up the event loop? One, then eight ten-minute MP3 files at once. */

/** @param {{contenders: any[], files: Record<string, any>, progress: (text: string) => void}} run */
export async function measure({ contenders, files, progress }) {
  const rows = [];
  for (const contender of contenders) {
    for (const inFlight of [1, 8]) {
      progress(`blocking: ${contender.name}, ${inFlight} at once`);
      const row = { contender: contender.name, inFlight };
      try {
        if (contender.missing !== undefined) throw new Error(contender.missing);
        await contender.open(files['long.mp3'].path);
        rows.push({ ...row, ...(await contender.ask('clips', { count: inFlight, inFlight }, 180)) });
      } catch (error) {
        rows.push({ ...row, failed: /** @type {Error} */ (error).message });
      }
    }
  }
  return rows;
}
