const { decode } = require('cochlea');

decode(process.argv[2], { sampleRate: 16_000 }).then((audio) => {
  if (audio.frames < 16_000) process.exit(1);
  console.log(`CommonJS: ${audio.source.container} ${audio.shape} at ${audio.sampleRate} Hz`);
});
