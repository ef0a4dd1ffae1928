/** Numbers of many samples, and of several rounds. */
export interface Summary {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

const sorted = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();

/** The smallest value that `share` (0 to 1) of the values do not exceed (nearest rank). @throws for no values */
export const percentile = (values: readonly number[], share: number): number => rankOf(sorted(values), share);

const rankOf = (ordered: Float64Array, share: number): number => {
  const rank = Math.max(1, Math.ceil(share * ordered.length));
  const value = ordered[rank - 1];
  if (value === undefined) throw new Error('no samples, so no percentile');
  return value;
};

export const summaryOf = (values: readonly number[]): Summary => {
  const ordered = sorted(values);
  const at = (share: number): number => rankOf(ordered, share);
  return { count: ordered.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
};

/** The middle value, or the mean of the two in the middle. @throws for no values */
export const median = (values: readonly number[]): number => {
  const ordered = sorted(values);
  const upper = ordered[ordered.length >> 1];
  const lower = ordered[(ordered.length - 1) >> 1];
  if (upper === undefined || lower === undefined) throw new Error('no samples, so no median');
  return (upper + lower) / 2;
};
