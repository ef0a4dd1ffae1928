/** How fast views are built from a log: a service's own at its first start, one view beside the live one, and the index. */
import type { Network } from '@parvis/standalone/src/network.ts';
import type { BenchNetwork } from '../benchNetwork.ts';
import { atLeast, figure, type Measurement } from '../report/measurement.ts';

/** @returns seconds */
const secondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const sinceMs = performance.now();
  await work();
  return (performance.now() - sinceMs) / 1000;
};

/** Events in the log of a service. */
export const eventsIn = async (network: Network, source: 'identity' | 'group' | 'post'): Promise<number> =>
  (await network.stores.logs[source].heads()).reduce((sum, head) => sum + head, 0);

/** The services whose facts every other one follows. */
export const startOwners = async ({ network }: BenchNetwork): Promise<void> => {
  await network.services.identity.start();
  await network.services.identity.bootstrap.ensureHostOrganisation(network.config.organisation);
  await network.services.group.start();
};

/** Starts the post service on a log without views, then builds the view of the group logs anew beside the live one. */
export const measureViewRebuild = async (bench: BenchNetwork, rounds: number): Promise<Measurement> => {
  const { network } = bench;
  const events = await eventsIn(network, 'post');
  const firstS = await secondsOf(() => network.services.post.start());
  const post = network.services.post as typeof network.services.post & { rebuild(view: string): Promise<void> };
  const perSecond: number[] = [];
  for (let round = 0; round < rounds; round += 1) perSecond.push(events / (await secondsOf(() => post.rebuild('posts'))));
  const rate = figure('the view of posts and group logs, built beside the live one', 'events/s', perSecond);
  return {
    title: `Views built from ${events.toLocaleString('en-US')} events of the post log`,
    figures: [figure("all of the post service's views together, first start", 's', [firstS]), rate],
    budgets: [atLeast('rebuild of the group log ≥ 50 k events/s', rate, 50_000)],
  };
};

/** Starts search on an empty index. */
export const measureIndexBuild = async (bench: BenchNetwork): Promise<Measurement> => {
  const { network } = bench;
  const posts = await eventsIn(network, 'post');
  const seconds = await secondsOf(() => network.services.search.start());
  const rate = figure('posts indexed from the log', 'documents/s', [posts / seconds]);
  return {
    title: `Search index built from ${posts.toLocaleString('en-US')} posts`,
    figures: [rate, figure('until search is level', 's', [seconds])],
    budgets: [atLeast('rebuild of search ≥ 15 k documents/s', rate, 15_000)],
  };
};
