/** Parts of the bench that each have a process of their own, so that none inherits another's heap or caches. */
import { openBenchNetwork } from './benchNetwork.ts';
import { buildData, foldersOf } from './data/buildData.ts';
import { measureAppendRate } from './measures/appendRate.ts';
import { measureAudience } from './measures/audience.ts';
import { measureCreatePost } from './measures/createPost.ts';
import { measureFeedPage } from './measures/feedPage.ts';
import { measureHttpPosts } from './measures/httpPosts.ts';
import { measureLiveTick } from './measures/liveTick.ts';
import { measureReadable } from './measures/readable.ts';
import { measureIndexBuild, measureViewRebuild, startOwners } from './measures/rebuild.ts';
import { measureSearchPage } from './measures/searchPage.ts';
import { measureStart } from './measures/startAndMemory.ts';
import { figure, type Measurement } from './report/measurement.ts';
import type { Sizes } from './sizes.ts';

type Phase = (root: string, sizes: Sizes) => Promise<readonly Measurement[]>;

/** At most: each takes as long as a fair part of the rest. */
const REBUILDS = 2;

const secondsSince = (sinceMs: number): number => (performance.now() - sinceMs) / 1000;

const data: Phase = async (root, sizes) => {
  const sinceMs = performance.now();
  await buildData(root, sizes);
  const { posts } = sizes;
  const perSecond = (posts.small + posts.search + posts.large) / secondsSince(sinceMs);
  const written = figure('events written into logs, sealed (one sealing for three logs)', 'events/s', [perSecond]);
  return [{ title: 'Making the data', figures: [written], budgets: [] }];
};

/** The whole network at work: everything that people wait for. */
const small: Phase = async (root, sizes) => {
  const { small: folder } = foldersOf(root);
  const bench = await openBenchNetwork(folder);
  const sinceMs = performance.now();
  await bench.network.start({ listen: false });
  const started: Measurement = {
    title: `First start of the whole network on logs without views (${sizes.posts.small.toLocaleString('en-US')} posts, ${sizes.largeGroup.toLocaleString('en-US')} memberships)`,
    figures: [figure('until every service is level', 's', [secondsSince(sinceMs)])],
    budgets: [],
  };
  const measurements = [
    started,
    await measureCreatePost(bench, sizes),
    await measureReadable(bench, sizes),
    await measureAudience(bench, sizes, root),
    await measureLiveTick(bench, sizes),
  ];
  await bench.stop();
  return measurements;
};

const http: Phase = async (root, sizes) => [await measureHttpPosts(foldersOf(root).small, sizes)];

/** Posts alone, at their largest. */
const large: Phase = async (root, sizes) => {
  const { large: folder } = foldersOf(root);
  const bench = await openBenchNetwork(folder);
  await startOwners(bench);
  const rebuild = await measureViewRebuild(bench, Math.min(REBUILDS, sizes.rounds));
  await bench.stop();
  return [rebuild];
};

/** The feed of both networks in turn, moments apart. */
const feed: Phase = async (root, sizes) => [await measureFeedPage(foldersOf(root), root, sizes)];

const search: Phase = async (root, sizes) => {
  const bench = await openBenchNetwork(foldersOf(root).search);
  await startOwners(bench);
  const measurements = [await measureIndexBuild(bench), await measureSearchPage(bench, sizes)];
  await bench.stop();
  return measurements;
};

/** In the order they run. */
export const PHASES: Readonly<Record<string, Phase>> = {
  start: async (root, sizes) => [await measureStart(root, sizes)],
  append: async (root, sizes) => [await measureAppendRate(root, sizes)],
  data,
  small,
  http,
  large,
  feed,
  search,
};
