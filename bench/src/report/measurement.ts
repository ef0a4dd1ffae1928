/** What one part of the bench found. */
import { median } from '../statistics.ts';

export interface Figure {
  readonly name: string;
  /** One value per round. */
  readonly values: readonly number[];
  /** `ms`, `/s`, `MB`, `×`… */
  readonly unit: string;
}

export interface Budget {
  /** As the design says it. */
  readonly text: string;
  readonly value: number;
  readonly unit: string;
  readonly met: boolean;
}

export interface Measurement {
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly budgets: readonly Budget[];
}

export const figure = (name: string, unit: string, values: readonly number[]): Figure => ({ name, unit, values });

/** A budget that the median of the rounds must not exceed. */
export const atMost = (text: string, { values, unit }: Pick<Figure, 'values' | 'unit'>, limit: number): Budget => {
  const value = median(values);
  return { text, value, unit, met: value <= limit };
};

/** A budget that the median of the rounds must reach. */
export const atLeast = (text: string, { values, unit }: Pick<Figure, 'values' | 'unit'>, limit: number): Budget => {
  const value = median(values);
  return { text, value, unit, met: value >= limit };
};

/** Round by round, so that both were measured moments apart. */
export const ratio = (above: readonly number[], below: readonly number[]): number[] =>
  above.map((value, round) => value / (below[round] as number));
