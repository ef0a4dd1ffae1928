/** Counters of the gateway in the Prometheus text format. Labels are operations and statuses, never ids or addresses. */

export interface Metrics {
  /** @param durationMs from the first byte of the request to the last of the answer */
  observe(operationId: string, status: number, durationMs: number): void;
  text(gauges: { readonly liveStreams: number; readonly views: readonly ViewGauge[] }): string;
}

/** How far a view of a service is behind, and how much of it waits parked. */
export interface ViewGauge {
  readonly service: string;
  readonly view: string;
  readonly source: string;
  readonly lag: number;
  readonly parked: number;
}

const viewLines = (name: 'lag' | 'parked', views: readonly ViewGauge[]): string[] => [
  `# TYPE parvis_view_${name} gauge`,
  ...views.map((view) => `parvis_view_${name}{service="${view.service}",view="${view.view}",source="${view.source}"} ${view[name]}`),
];

const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export const createMetrics = (): Metrics => {
  const requests = new Map<string, number>();
  const buckets = new Array<number>(BUCKETS_SECONDS.length).fill(0);
  let [count, sum] = [0, 0];
  return {
    observe(operationId, status, durationMs) {
      const key = `operation="${operationId}",status="${status}"`;
      requests.set(key, (requests.get(key) ?? 0) + 1);
      const seconds = durationMs / 1000;
      count += 1;
      sum += seconds;
      for (const [index, limit] of BUCKETS_SECONDS.entries()) if (seconds <= limit) buckets[index] = (buckets[index] ?? 0) + 1;
    },
    text({ liveStreams, views }) {
      const memory = process.memoryUsage.rss();
      return [
        '# TYPE parvis_gateway_requests_total counter',
        ...[...requests].map(([labels, value]) => `parvis_gateway_requests_total{${labels}} ${value}`),
        '# TYPE parvis_gateway_request_seconds histogram',
        ...BUCKETS_SECONDS.map((limit, index) => `parvis_gateway_request_seconds_bucket{le="${limit}"} ${buckets[index]}`),
        `parvis_gateway_request_seconds_bucket{le="+Inf"} ${count}`,
        `parvis_gateway_request_seconds_sum ${sum}`,
        `parvis_gateway_request_seconds_count ${count}`,
        '# TYPE parvis_gateway_live_streams gauge',
        `parvis_gateway_live_streams ${liveStreams}`,
        ...viewLines('lag', views),
        ...viewLines('parked', views),
        '# TYPE process_resident_memory_bytes gauge',
        `process_resident_memory_bytes ${memory}`,
        '',
      ].join('\n');
    },
  };
};
