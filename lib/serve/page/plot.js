import { fit } from './paint.js';
import { timeMarks } from './scales.js';

/** CSS pixels that the text of a mark on the time axis has to itself. */
const markWidth = 72;

/** A picture over time: a canvas with its axes, a line where the audio plays, and the values under the pointer. */
export class Plot {
  #figure;
  #canvas;
  #content;
  #drawing = new AbortController();

  /** `seek` gets the time in seconds at which somebody clicks. */
  constructor(figure, seek) {
    this.#figure = figure;
    this.#canvas = figure.querySelector('canvas');
    const field = figure.querySelector('.field');
    field.addEventListener('pointermove', (event) => this.#point(event));
    field.addEventListener('pointerleave', () => figure.classList.remove('pointed'));
    field.addEventListener('click', (event) => this.#content && seek(this.#place(event).x * this.#content.duration));
    let timer;
    new ResizeObserver(() => {
      clearTimeout(timer);
      timer = setTimeout(() => this.draw().catch(() => {}), 100);
    }).observe(field);
  }

  /**
   * Shows a picture of so many seconds: `paint(canvas, signal)` draws it, `read(x, y)` says what is at a place (from 0 to 1,
   * from the lower left), `label` is for those who do not see it.
   */
  async show({ duration, marks = [], paint, read, label }) {
    this.#content = { duration, paint, read };
    this.#canvas.setAttribute('aria-label', label);
    this.#figure.hidden = false;
    this.#figure.querySelector('.rows').replaceChildren(...marks.map(({ at, text }) => mark('bottom', at, text)));
    await this.draw();
  }

  clear() {
    this.#drawing.abort();
    this.#content = undefined;
    this.#figure.hidden = true;
  }

  /** Draws again: the size or the colours may have changed. Ends quietly if it is cleared, or drawn anew. */
  async draw() {
    this.#drawing.abort();
    if (!this.#content) return;
    this.#drawing = new AbortController();
    const { signal } = this.#drawing;
    const { duration, paint } = this.#content;
    fit(this.#canvas);
    const most = Math.max(2, this.#canvas.clientWidth / markWidth);
    // One at the right edge would be cut.
    const marks = timeMarks(duration, most).filter(({ at }) => at <= 1 - 0.5 / most);
    const times = marks.map(({ at, text }) => mark('left', at, text));
    this.#figure.querySelector('.times').replaceChildren(...times);
    await Promise.resolve(paint(this.#canvas, signal)).catch((error) => {
      if (!signal.aborted) throw error;
    });
  }

  /** Where the audio plays, in seconds. */
  playing(time) {
    if (!this.#content) return;
    const place = time / this.#content.duration;
    const line = this.#figure.querySelector('.playhead');
    line.hidden = place > 1;
    line.style.left = `${100 * place}%`;
  }

  #place({ clientX, clientY }) {
    const { left, bottom, width, height } = this.#canvas.getBoundingClientRect();
    const inside = (value) => Math.min(Math.max(value, 0), 1);
    return { x: inside((clientX - left) / width), y: inside((bottom - clientY) / height) };
  }

  #point(event) {
    if (!this.#content) return;
    const { x, y } = this.#place(event);
    this.#figure.classList.add('pointed');
    this.#figure.querySelector('.pointer').style.left = `${100 * x}%`;
    this.#figure.querySelector('.reading').textContent = this.#content.read(x, y);
  }
}

function mark(side, at, text) {
  const element = document.createElement('span');
  element.style[side] = `${100 * at}%`;
  element.textContent = text;
  return element;
}
