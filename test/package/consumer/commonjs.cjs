const { decode } = require('cochlea');
const { resolveAudioParts } = require('cochlea/load');

if (resolveAudioParts([]).length !== 0) process.exit(1);

decode(process.argv[2], { sampleRate: 16_000 }).then((audio) => {
  if (audio.frames < 16_000) process.exit(1);
  console.log(`CommonJS: ${audio.source.container} ${audio.shape} at ${audio.sampleRate} Hz`);
});
