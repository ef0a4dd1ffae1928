/** Pages of search results over many posts: usual words, and the one word that every post has. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { SearchRequest } from '@parvis/contracts/gen/parvis/search/v1/service.ts';
import type { BenchNetwork } from '../benchNetwork.ts';
import { READER } from '../data/cast.ts';
import { createTexts, WORD_OF_ALL } from '../data/texts.ts';
import { randomOf } from '../random.ts';
import { atMost, figure, type Measurement } from '../report/measurement.ts';
import type { Sizes } from '../sizes.ts';
import { type Summary, summaryOf } from '../statistics.ts';

const PAGE = 20;
/** Words that people search for are neither everywhere nor unheard of. */
const RANKS = { from: 30, to: 3000 } as const;
const DELAY_RESOLUTION_MS = 1;

type Query = Partial<SearchRequest>;

const timesOf = async (bench: BenchNetwork, count: number, queryOf: (nth: number) => Query): Promise<number[]> => {
  const times: number[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const request = SearchRequest.fromPartial({ limit: PAGE, ...queryOf(nth) });
    const sinceMs = performance.now();
    await bench.search.search(request, bench.as(READER));
    times.push(performance.now() - sinceMs);
  }
  return times;
};

interface WorstRound {
  readonly newest: Summary;
  readonly facets: Summary;
  readonly best: Summary;
  /** Longest turn of the event loop while these queries ran. */
  readonly loopMs: number;
}

const worstRound = async (bench: BenchNetwork, sizes: Sizes): Promise<WorstRound> => {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();
  const query = WORD_OF_ALL;
  const newest = summaryOf(await timesOf(bench, sizes.worstTerms, () => ({ query })));
  const facets = summaryOf(await timesOf(bench, sizes.worstTerms, () => ({ query, withFacets: true })));
  const best = summaryOf(await timesOf(bench, sizes.worstTerms, () => ({ query, sort: 'best', withFacets: true })));
  delay.disable();
  return { newest, facets, best, loopMs: delay.max / 1e6 };
};

export const measureSearchPage = async (bench: BenchNetwork, sizes: Sizes): Promise<Measurement> => {
  const texts = createTexts(600);
  const random = randomOf(601);
  const word = (): string => texts.word(RANKS.from + Math.floor(random() * (RANKS.to - RANKS.from)));
  const [one, two, best]: [Summary[], Summary[], Summary[]] = [[], [], []];
  const worst: WorstRound[] = [];
  for (let round = 0; round < sizes.rounds; round += 1) {
    one.push(summaryOf(await timesOf(bench, sizes.searchPages, () => ({ query: word() }))));
    two.push(summaryOf(await timesOf(bench, sizes.searchPages, () => ({ query: `${word()} ${word()}` }))));
    best.push(summaryOf(await timesOf(bench, sizes.searchPages / 3, () => ({ query: word(), sort: 'best', withFacets: true }))));
    worst.push(await worstRound(bench, sizes));
  }
  const usual = figure(
    'one word, newest first, p50',
    'ms',
    one.map((summary) => summary.p50),
  );
  const worstMs = worst.map((round) => Math.max(round.newest.max, round.facets.max, round.best.max));
  const worstTerm = figure('the word of all posts, slowest of all of its queries', 'ms', worstMs);
  const documents = sizes.posts.search.toLocaleString('en-US');
  return {
    title: `Search page over ${documents} posts`,
    figures: [
      usual,
      figure(
        'one word, newest first, p99',
        'ms',
        one.map((summary) => summary.p99),
      ),
      figure(
        'two words, newest first, p50',
        'ms',
        two.map((summary) => summary.p50),
      ),
      figure(
        'two words, newest first, p99',
        'ms',
        two.map((summary) => summary.p99),
      ),
      figure(
        'one word, best first with facets, p50',
        'ms',
        best.map((summary) => summary.p50),
      ),
      figure(
        'the word of all posts, newest first, p50',
        'ms',
        worst.map((round) => round.newest.p50),
      ),
      figure(
        'the word of all posts, newest first with facets, p50',
        'ms',
        worst.map((round) => round.facets.p50),
      ),
      figure(
        'the word of all posts, best first with facets, p50',
        'ms',
        worst.map((round) => round.best.p50),
      ),
      worstTerm,
      figure(
        'longest turn of the event loop meanwhile',
        'ms',
        worst.map((round) => round.loopMs),
      ),
    ],
    budgets: [
      atMost(`search page (${documents} posts) p50 ≤ 10 ms`, usual, 10),
      atMost('worst term ≤ 300 ms, off the event loop', worstTerm, 300),
    ],
  };
};
