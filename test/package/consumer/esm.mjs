import { decode } from 'cochlea';

const audio = await decode(process.argv[2], { sampleRate: 16_000 });
if (audio.sampleRate !== 16_000 || audio.frames < 16_000 || audio.shape[0] !== audio.data.length) process.exit(1);
console.log(`ES module: ${audio.source.container} ${audio.shape} at ${audio.sampleRate} Hz`);
