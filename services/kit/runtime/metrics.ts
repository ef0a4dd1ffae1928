/** Numbers for /metrics in the Prometheus text format. Labels are operations, views and statuses, never ids or addresses. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds; from a read in memory to the longest wait of a caller. */
export const DURATION_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

export interface Metrics {
  counter<L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  /** @param collect sets the gauge when it is read; it must be quick and must not throw */
  gauge<L extends string>(name: string, help: string, labels?: readonly L[], collect?: (gauge: Gauge<L>) => void | Promise<void>): Gauge<L>;
  /** Of durations in seconds. */
  durations<L extends string>(name: string, help: string, labels?: readonly L[]): Histogram<L>;
  readonly contentType: string;
  text(): Promise<string>;
}

/** A registry of its own, so that several services of one process, and tests, do not meet in a global one. */
export const createMetrics = (options: { readonly service: string; readonly process?: boolean }): Metrics => {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service });
  if (options.process) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    counter: (name, help, labelNames = []) => new Counter({ name, help, labelNames, registers }),
    gauge: <L extends string>(
      name: string,
      help: string,
      labelNames: readonly L[] = [],
      collect?: (gauge: Gauge<L>) => void | Promise<void>,
    ) =>
      new Gauge<L>({
        name,
        help,
        labelNames,
        registers,
        ...(collect === undefined
          ? {}
          : {
              collect(this: Gauge<L>) {
                return collect(this);
              },
            }),
      }),
    durations: (name, help, labelNames = []) => new Histogram({ name, help, labelNames, registers, buckets: [...DURATION_BUCKETS_S] }),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
};
