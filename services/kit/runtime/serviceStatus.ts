import type { ManagedView } from '../eventing/rebuild.ts';
import type { Service } from './service.ts';
import type { ServiceConsumers } from './serviceConsumers.ts';

type ViewStatus = Awaited<ReturnType<Service['status']>>['views'][number];

const statusOfView = async (view: ManagedView): Promise<ViewStatus[]> => {
  const runner = view.runner();
  const state = runner.state() === 'starting' ? 'rebuilding' : runner.state();
  return Promise.all(
    runner.runners.map(async (projection) => ({
      view: view.name,
      source: projection.projection.source,
      lag: await runner.lag(projection.projection.source),
      parked: projection.parked(),
      state,
      reason: runner.reason(),
    })),
  );
};

/** One line per view and source, and one per policy or external consumer, by their names. */
export const statusOf = async (views: readonly ManagedView[], consumers: ServiceConsumers): Promise<ViewStatus[]> => {
  const lines = await Promise.all(views.map(statusOfView));
  const policies = await Promise.all(
    consumers.policies().map(async ({ policy, progress, parked }) => ({
      view: policy.name,
      source: policy.source,
      lag: await consumers.lagOf(progress),
      parked: parked(),
      state: 'running',
      reason: '',
    })),
  );
  const external = await Promise.all(
    consumers.external().map(async (consumer) => ({
      view: consumer.progress.name,
      source: consumer.progress.source,
      lag: await consumers.lagOf(consumer.progress),
      ...consumer.state(),
    })),
  );
  return [...lines.flat(), ...policies, ...external];
};
