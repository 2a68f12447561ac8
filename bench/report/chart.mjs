/** The speeds as a picture: one row of dots per file, time on a logarithmic axis. */
import { writeFileSync } from 'node:fs';

/** @param {any[]} speed rows of questions/speed.mjs @param {string} caption @param {string} file */
export async function chart(speed, caption, file) {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const values = speed.flatMap(({ label, cells }) =>
    cells
      .filter(({ failed }) => failed === undefined)
      .map(({ contender, milliseconds }) => ({ label, contender, milliseconds })),
  );
  const names = speed[0].cells.map(({ contender }) => contender);
  const spec = /** @type {any} */ ({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: 'Decode to 16 kHz mono float32', subtitle: [caption], anchor: 'start' },
    background: 'white',
    width: 560,
    height: { step: 44 },
    data: { values },
    encoding: { y: { field: 'label', type: 'nominal', sort: speed.map(({ label }) => label), title: null } },
    layer: [
      {
        mark: { type: 'rule', color: '#ddd' },
        encoding: {
          x: { field: 'milliseconds', aggregate: 'min', type: 'quantitative' },
          x2: { field: 'milliseconds', aggregate: 'max' },
        },
      },
      {
        mark: { type: 'point', filled: true, size: 90, opacity: 0.9 },
        encoding: {
          x: {
            field: 'milliseconds',
            type: 'quantitative',
            scale: { type: 'log' },
            axis: { title: 'milliseconds (median, logarithmic)', grid: true, gridColor: '#f0f0f0' },
          },
          color: {
            field: 'contender',
            type: 'nominal',
            sort: names,
            scale: { domain: names, scheme: 'tableau10' },
            title: null,
          },
          shape: { field: 'contender', type: 'nominal', sort: names, scale: { domain: names }, title: null },
        },
      },
    ],
    config: { view: { stroke: null }, font: 'sans-serif' },
  });
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  writeFileSync(file, `${await view.toSVG()}\n`);
  view.finalize();
}
