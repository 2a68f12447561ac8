import { displayWidth, paint } from './terminal.js';

export interface Column {
  readonly title: string;
  /** Numbers read better flush right. Default: left. */
  readonly align?: 'left' | 'right';
}

/** Lays out rows under their titles, two spaces between columns, each as wide as its widest cell. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, i) =>
    rows.reduce((width, row) => Math.max(width, displayWidth(row[i] ?? '')), displayWidth(column.title)),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map((column, i) => {
        const cell = cells[i] ?? '';
        const padding = ' '.repeat((widths[i] ?? 0) - displayWidth(cell));
        return column.align === 'right' ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  const titles = line(columns.map((column) => paint('bold', column.title)));
  return `${[titles, ...rows.map(line)].join('\n')}\n`;
}
