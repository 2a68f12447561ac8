import cochlea = require('cochlea');

export async function length(path: string): Promise<number> {
  const audio: cochlea.DecodedAudio = await cochlea.decode(path, { channels: 'native' });
  return audio.frames;
}
