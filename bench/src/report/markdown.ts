/** The report as Markdown: machine, sizes, budgets, and every figure with its spread. */
import { median } from '../statistics.ts';
import type { Budget, Figure, Measurement } from './measurement.ts';

/** Three significant digits, and whole numbers above a thousand with separators. */
export const shown = (value: number): string => {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(3)));
};

const withUnit = (value: number, unit: string): string => `${shown(value)}${unit === '' ? '' : ` ${unit}`}`;

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const figureRow = ({ name, values, unit }: Figure): string => {
  const spread = values.length < 2 ? '' : `${shown(Math.min(...values))} – ${shown(Math.max(...values))}`;
  return row([name, withUnit(median(values), unit), spread, String(values.length)]);
};

const section = ({ title, figures }: Measurement): string =>
  [`### ${title}`, '', row(['figure', 'median', 'spread', 'rounds']), row(['---', '--:', '--:', '--:']), ...figures.map(figureRow)].join(
    '\n',
  );

const budgetRow = ({ text, value, unit, met }: Budget): string => row([text, withUnit(value, unit), met ? 'met' : '**missed**']);

export interface Report {
  /** What was measured where: names and values. */
  readonly about: readonly (readonly [name: string, value: string])[];
  readonly measurements: readonly Measurement[];
}

export const markdownOf = ({ about, measurements }: Report): string => {
  const budgets = measurements.flatMap((measurement) => measurement.budgets);
  return [
    row(['', '']),
    row(['---', '---']),
    ...about.map(row),
    '',
    '### Budgets',
    '',
    row(['budget', 'measured', '']),
    row(['---', '--:', '---']),
    ...budgets.map(budgetRow),
    '',
    measurements.map(section).join('\n\n'),
    '',
  ].join('\n');
};
