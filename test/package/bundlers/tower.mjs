// tower.mjs FOLDER: what needs a thread with a program of its own, which no bundle has.
import { AudioTower } from 'cochlea/tower';

await AudioTower.load(process.argv[2], { provider: 'cpu' }).then(
  () => console.log('no error'),
  ({ code, message }) => console.log(`${code} ${message}`),
);
