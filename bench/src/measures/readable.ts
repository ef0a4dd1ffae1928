/**
 * From the acknowledgement of a post until others read it: feed and search are asked again and again, without a token and
 * without a pause, while other people post. A delay is therefore never shorter than one such question takes.
 */
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { GetFeedRequest } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { SearchRequest } from '@parvis/contracts/gen/parvis/search/v1/service.ts';
import type { BenchNetwork } from '../benchNetwork.ts';
import { READER } from '../data/cast.ts';
import { atRate } from '../load.ts';
import { atMost, figure, type Measurement } from '../report/measurement.ts';
import type { Sizes } from '../sizes.ts';
import { summaryOf } from '../statistics.ts';
import { createPosts, publish } from './writePost.ts';

const BACKGROUND_RATE = 50;
/** Between two samples, so that they meet the background at any moment of its turn. */
const BETWEEN_MS = 13;
const LONGEST_MS = 10_000;

const untilTrue = async (what: string, ask: () => Promise<boolean>): Promise<number> => {
  const sinceMs = performance.now();
  for (;;) {
    const there = await ask();
    const tookMs = performance.now() - sinceMs;
    // A question that needs no waiting would keep the whole process from its other work; one that came over a wire would not.
    await turn();
    if (there) return tookMs;
    if (tookMs > LONGEST_MS) throw new Error(`a post is not readable in ${what} after ${LONGEST_MS} ms`);
  }
};

const inFeed = (bench: BenchNetwork, postId: string): Promise<number> =>
  untilTrue('the feed', async () => {
    const { posts } = await bench.posts.getFeed(GetFeedRequest.fromPartial({ kind: PostKind.QUESTION, limit: 20 }), bench.as(READER));
    return posts.some((post) => post.id === postId);
  });

const inSearch = (bench: BenchNetwork, postId: string, word: string): Promise<number> =>
  untilTrue('search', async () => {
    const { hits } = await bench.search.search(SearchRequest.fromPartial({ query: word, limit: 20 }), bench.as(READER));
    return hits.some((hit) => hit.id === postId);
  });

const sample = async (bench: BenchNetwork, sizes: Sizes, round: number): Promise<{ feed: number[]; search: number[] }> => {
  const post = createPosts(sizes, 300 + round);
  const delays = { feed: [] as number[], search: [] as number[] };
  for (let nth = 0; nth < sizes.readableSamples; nth += 1) {
    await pause(BETWEEN_MS);
    const word = `zq${round}x${nth}x${nth % 2}`;
    const { id } = await publish(bench, { ...post(nth), kind: PostKind.QUESTION, title: `Sample ${word}` });
    if (nth % 2 === 0) delays.feed.push(await inFeed(bench, id));
    else delays.search.push(await inSearch(bench, id, word));
  }
  return delays;
};

export const measureReadable = async (bench: BenchNetwork, sizes: Sizes): Promise<Measurement> => {
  const rounds: { feed: number[]; search: number[] }[] = [];
  for (let round = 0; round < sizes.rounds; round += 1) {
    await bench.level();
    let sampling = true;
    const other = createPosts(sizes, 400 + round);
    const background = async (): Promise<void> => {
      while (sampling) await atRate({ perSecond: BACKGROUND_RATE, seconds: 1, call: (nth) => publish(bench, other(nth)) });
    };
    const running = background();
    try {
      rounds.push(await sample(bench, sizes, round));
    } finally {
      sampling = false;
      await running;
    }
  }
  const feeds = rounds.map((round) => summaryOf(round.feed));
  const searches = rounds.map((round) => summaryOf(round.search));
  const both = rounds.map((round) => summaryOf([...round.feed, ...round.search]).p99);
  const worst = figure('in both, p99', 'ms', both);
  return {
    title: `Readable after the acknowledgement (${BACKGROUND_RATE} other posts/s)`,
    figures: [
      figure(
        'in the feed, p50',
        'ms',
        feeds.map((summary) => summary.p50),
      ),
      figure(
        'in the feed, p99',
        'ms',
        feeds.map((summary) => summary.p99),
      ),
      figure(
        'in search, p50',
        'ms',
        searches.map((summary) => summary.p50),
      ),
      figure(
        'in search, p99',
        'ms',
        searches.map((summary) => summary.p99),
      ),
      worst,
    ],
    budgets: [atMost('readable in feed and search: p99 ≤ 100 ms after the acknowledgement', worst, 100)],
  };
};
