import { describe, expect, it } from '@jest/globals';
import { createMetrics } from './metrics.ts';

describe('metrics', () => {
  it('are told as text, with the service', async () => {
    const metrics = createMetrics({ service: 'post' });
    metrics.counter('parvis_calls_total', 'Calls', ['operation']).inc({ operation: 'Execute' }, 3);
    metrics.durations('parvis_call_seconds', 'Duration', ['operation']).observe({ operation: 'Execute' }, 0.02);
    const text = await metrics.text();
    expect(text).toContain('# TYPE parvis_calls_total counter');
    expect(text).toMatch(/parvis_calls_total\{operation="Execute",service="post"\} 3/);
    expect(text).toMatch(/parvis_call_seconds_bucket\{le="0.025",(?=.*operation="Execute").*\} 1/);
    expect(text).toMatch(/parvis_call_seconds_bucket\{le="0.01",.*\} 0/);
    expect(metrics.contentType).toContain('text/plain');
  });

  it('read gauges when they are asked for', async () => {
    const metrics = createMetrics({ service: 'post' });
    let lag = 7;
    metrics.gauge('parvis_view_lag', 'Lag', ['view'], (gauge) => gauge.set({ view: 'feed' }, lag));
    expect(await metrics.text()).toMatch(/parvis_view_lag\{view="feed",service="post"\} 7/);
    lag = 0;
    expect(await metrics.text()).toMatch(/parvis_view_lag\{view="feed",service="post"\} 0/);
  });

  it('of two services do not meet', async () => {
    const [one, other] = [createMetrics({ service: 'post' }), createMetrics({ service: 'group' })];
    one.counter('parvis_calls_total', 'Calls').inc();
    other.counter('parvis_calls_total', 'Calls');
    expect(await one.text()).toContain('parvis_calls_total{service="post"} 1');
    expect(await other.text()).toContain('parvis_calls_total{service="group"} 0');
  });

  it('escape what a label holds', async () => {
    const metrics = createMetrics({ service: 'post' });
    metrics.counter('parvis_calls_total', 'Calls', ['operation']).inc({ operation: 'a"\n} 1\nevil' });
    expect(await metrics.text()).not.toMatch(/^evil/m);
  });

  it('tell about the process when asked', async () => {
    expect(await createMetrics({ service: 'post', process: true }).text()).toContain('process_resident_memory_bytes');
    expect(await createMetrics({ service: 'post' }).text()).not.toContain('process_resident_memory_bytes');
  });
});
