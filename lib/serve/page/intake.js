import { onPress } from './press.js';
import { canRecord, Recording } from './recorder.js';

const intake = document.getElementById('intake');
const chooser = document.getElementById('file');
const button = document.getElementById('record');

/** Gives every file that is chosen, dropped anywhere on the page, or recorded to `take`; what fails, to `fail`. */
export function takeFiles(take, fail) {
  let recording;
  let timer;
  const ended = () => {
    clearInterval(timer);
    recording = undefined;
    button.textContent = 'Record';
    button.classList.remove('recording');
  };
  const give = (file) => {
    recording?.discard();
    ended();
    if (file) take(file);
  };

  chooser.addEventListener('change', () => {
    give(chooser.files[0]);
    // The same file may be chosen again.
    chooser.value = '';
  });
  takeDrops(give);

  const start = async () => {
    recording = await Recording.start();
    const begun = performance.now();
    const tick = () => {
      const passed = Math.floor((performance.now() - begun) / 1000);
      button.textContent = `Stop (${Math.floor(passed / 60)}:${String(passed % 60).padStart(2, '0')})`;
    };
    tick();
    timer = setInterval(tick, 250);
    button.classList.add('recording');
  };
  const stop = async () => {
    const stopping = recording;
    ended();
    take(await stopping.stop());
  };
  onPress(button, () => (recording ? stop() : start()).catch((error) => fail(error, () => button.click())));
  button.disabled = !canRecord();
  document.getElementById('no-microphone').hidden = canRecord();
}

function takeDrops(give) {
  const hasFile = ({ dataTransfer }) => dataTransfer?.types.includes('Files');
  document.addEventListener('dragover', (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    intake.classList.add('over');
  });
  document.addEventListener('dragleave', ({ relatedTarget }) => {
    if (!relatedTarget) intake.classList.remove('over');
  });
  document.addEventListener('drop', (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    intake.classList.remove('over');
    give(event.dataTransfer.files[0]);
  });
}
