/** Pages of a home feed over many groups, of a smaller and a larger network in turn; and the same pages by a join. */
import { join } from 'node:path';
import { GetFeedRequest } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { type BenchNetwork, openBenchNetwork } from '../benchNetwork.ts';
import { groupId, READER, readersGroupNumbers } from '../data/cast.ts';
import { atMost, figure, type Measurement, ratio } from '../report/measurement.ts';
import type { Sizes } from '../sizes.ts';
import { type Summary, summaryOf } from '../statistics.ts';
import { type JoinFeed, logFileOf, openJoinFeed } from './feedByJoin.ts';
import { startOwners } from './rebuild.ts';

const PAGE = 20;
/** How many pages back the deep page lies. */
const DEEP = 10;
/** Joins are slow: fewer tell as much. */
const JOINS = 20;

interface Feed {
  readonly bench: BenchNetwork;
  readonly joined: JoinFeed;
  readonly deepCursor: string;
  readonly first: Summary[];
  readonly deep: Summary[];
  readonly byJoin: Summary[];
}

const page = async (bench: BenchNetwork, cursor = '') => {
  const answer = await bench.posts.getFeed(GetFeedRequest.fromPartial({ limit: PAGE, cursor }), bench.as(READER));
  if (answer.posts.length !== PAGE) throw new Error(`a page of ${answer.posts.length} posts`);
  return answer;
};

/** Starts what a feed needs: identity, group and post. */
const openFeed = async (folder: string, root: string, sizes: Sizes): Promise<Feed> => {
  const groupIds = readersGroupNumbers(sizes).map(groupId);
  const joined = openJoinFeed({ file: join(root, `join-${Math.random().toString(36).slice(2)}.db`), logFile: logFileOf(folder), groupIds });
  const bench = await openBenchNetwork(folder);
  await startOwners(bench);
  await bench.network.services.post.start();
  let deepCursor = '';
  for (let nth = 0; nth < DEEP; nth += 1) deepCursor = (await page(bench, deepCursor)).nextCursor;
  for (let nth = 0; nth < sizes.feedPages / 2; nth += 1) await page(bench);
  return { bench, joined, deepCursor, first: [], deep: [], byJoin: [] };
};

const times = async (count: number, call: () => unknown): Promise<Summary> => {
  const tookMs: number[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const sinceMs = performance.now();
    await call();
    tookMs.push(performance.now() - sinceMs);
  }
  return summaryOf(tookMs);
};

const oneRound = async (feed: Feed, sizes: Sizes): Promise<void> => {
  const { bench, joined, deepCursor } = feed;
  feed.first.push(await times(sizes.feedPages, () => page(bench)));
  feed.deep.push(await times(sizes.feedPages / 5, () => page(bench, deepCursor)));
  feed.byJoin.push(await times(JOINS, () => joined.page(PAGE)));
};

const p50 = (rounds: readonly Summary[]): number[] => rounds.map((summary) => summary.p50);
const p99 = (rounds: readonly Summary[]): number[] => rounds.map((summary) => summary.p99);

const told = (small: Feed, large: Feed, sizes: Sizes): Measurement => {
  const [few, many] = [sizes.posts.small.toLocaleString('en-US'), sizes.posts.large.toLocaleString('en-US')];
  const first = figure(`first page, ${many} posts, p50`, 'ms', p50(large.first));
  const growth = figure(`first page, ${many} against ${few} posts`, '×', ratio(p50(large.first), p50(small.first)));
  return {
    title: `Feed page (${PAGE} posts of ${sizes.readersGroups} groups out of ${sizes.groups})`,
    figures: [
      figure(`first page, ${few} posts, p50`, 'ms', p50(small.first)),
      first,
      growth,
      figure(`first page, ${many} posts, p99`, 'ms', p99(large.first)),
      figure(`page ${DEEP + 1}, ${few} posts, p50`, 'ms', p50(small.deep)),
      figure(`page ${DEEP + 1}, ${many} posts, p50`, 'ms', p50(large.deep)),
      figure(`by a join, ${few} posts, p50 (base line)`, 'ms', p50(small.byJoin)),
      figure(`by a join, ${many} posts, p50 (base line)`, 'ms', p50(large.byJoin)),
    ],
    budgets: [
      atMost(`feed page (${sizes.readersGroups} groups, ${many} posts) p50 ≤ 3 ms`, first, 3),
      atMost(`feed page at ${many} posts ≤ 1.3 × that at ${few}`, growth, 1.3),
    ],
  };
};

/** Round by round in turn, so that the two are measured moments apart. */
export const measureFeedPage = async (folders: { small: string; large: string }, root: string, sizes: Sizes): Promise<Measurement> => {
  const small = await openFeed(folders.small, root, sizes);
  const large = await openFeed(folders.large, root, sizes);
  for (let round = 0; round < sizes.rounds; round += 1) for (const feed of [small, large]) await oneRound(feed, sizes);
  for (const { bench, joined } of [small, large]) {
    joined.close();
    await bench.stop();
  }
  return told(small, large, sizes);
};
