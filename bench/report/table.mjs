/**
 * A table with numbered footnotes, as text or Markdown.
 *
 * @typedef {object} Table
 * @property {string} title
 * @property {string} about  One or two sentences: what is measured, in which unit.
 * @property {string[]} head
 * @property {string[][]} rows
 * @property {string[]} notes
 */

/** Collects footnotes; the same text gets the same number. */
export class Footnotes {
  /** @type {string[]} */
  texts = [];

  /** @param {string} text @returns {string} the mark to put behind a cell */
  mark(text) {
    const known = this.texts.indexOf(text);
    const number = known >= 0 ? known + 1 : this.texts.push(text);
    return ` [${number}]`;
  }

  /** The mark for a cell without a value. @param {string} reason */
  missing(reason) {
    return `–${this.mark(`not available: ${reason}`)}`;
  }
}

/** @param {Table} table */
export function toText({ title, about, head, rows, notes }) {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column].length)));
  const line = (cells) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('──');
  return [title, about, '', line(head), rule, ...rows.map(line), ...numbered(notes)].join('\n');
}

/** @param {Table} table */
export function toMarkdown({ title, about, head, rows, notes }) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = line(head.map((_, i) => (i === 0 ? '---' : '---:')));
  const list = notes.length ? ['', ...notes.map((note, i) => `- [${i + 1}] ${note}`)] : [];
  return [`## ${title}`, '', about, '', line(head), rule, ...rows.map(line), ...list].join('\n');
}

const numbered = (notes) => notes.map((note, i) => `[${i + 1}] ${note}`);

/** Three significant digits, without an exponent. @param {number} value */
export function digits(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
