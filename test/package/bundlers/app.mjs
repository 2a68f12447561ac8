// app.mjs FILE: what is bundled, traced and compiled. Run from where there is no node_modules.
import { decode, versions } from 'cochlea';
import { AudioLoader } from 'cochlea/load';

const audio = await decode(process.argv[2], { sampleRate: 16_000 });
await new AudioLoader().close();
console.log(JSON.stringify({ frames: audio.frames, version: versions().cochlea }));
