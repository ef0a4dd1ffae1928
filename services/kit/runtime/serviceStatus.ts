import type { FollowedProgress } from '../eventing/consumerProgress.ts';
import type { ManagedView } from '../eventing/rebuild.ts';
import type { Service } from './service.ts';
import type { ServiceConsumers } from './serviceConsumers.ts';

type ViewStatus = Awaited<ReturnType<Service['status']>>['views'][number];
type Lag = ServiceConsumers['lagOf'];

/** The lag, or that its source's owner can't be asked: a status is told whatever is away. */
const lagging = async (lagOf: Lag, progress: FollowedProgress, reason: string): Promise<Pick<ViewStatus, 'lag' | 'reason'>> => {
  try {
    return { lag: await lagOf(progress), reason };
  } catch {
    // The owner itself says why it is away; here it only means that the lag is not known.
    return { lag: 0, reason: `${progress.source} is away` };
  }
};

const statusOfView = async (view: ManagedView, lagOf: Lag): Promise<ViewStatus[]> => {
  if (!view.opened()) return [{ view: view.name, source: '', lag: 0, parked: 0, state: 'rebuilding', reason: 'starting' }];
  const runner = view.runner();
  const state = runner.state() === 'starting' ? 'rebuilding' : runner.state();
  return Promise.all(
    runner.runners.map(async ({ progress, parked }) => ({
      view: view.name,
      source: progress.source,
      parked: parked(),
      state,
      ...(await lagging(lagOf, progress, runner.reason())),
    })),
  );
};

/** One line per view and source, and one per policy or external consumer, by their names. */
export const statusOf = async (views: readonly ManagedView[], consumers: ServiceConsumers): Promise<ViewStatus[]> => {
  const { lagOf } = consumers;
  const lines = await Promise.all(views.map((view) => statusOfView(view, lagOf)));
  const policies = consumers.policies().map(async ({ policy, progress, parked }) => ({
    view: policy.name,
    source: policy.source,
    parked: parked(),
    state: 'running',
    ...(await lagging(lagOf, progress, '')),
  }));
  const external = consumers.external().map(async (consumer) => {
    const { state, parked, reason } = consumer.state();
    const { name, source } = consumer.progress;
    return { view: name, source, parked, state, ...(await lagging(lagOf, consumer.progress, reason)) };
  });
  return [...lines.flat(), ...(await Promise.all([...policies, ...external]))];
};
