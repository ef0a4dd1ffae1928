/** Creating a post, durable: at a fixed rate and at saturation, with every consumer of the network at work beside it. */
import type { BenchNetwork } from '../benchNetwork.ts';
import { atRate, inTurn } from '../load.ts';
import { atLeast, atMost, figure, type Measurement } from '../report/measurement.ts';
import type { Sizes } from '../sizes.ts';
import { type Summary, summaryOf } from '../statistics.ts';
import { createPosts, publish } from './writePost.ts';

const RATE = 200;
const CALLERS = [32, 128] as const;

interface Saturation {
  readonly perSecond: number;
  readonly summary: Summary;
  /** Until views and index had everything that was written. */
  readonly levelPerSecond: number;
}

const saturate = async (bench: BenchNetwork, sizes: Sizes, callers: number, seed: number): Promise<Saturation> => {
  const post = createPosts(sizes, seed);
  const sinceMs = performance.now();
  const load = await inTurn({ callers, seconds: sizes.loadS / 4, call: (nth) => publish(bench, post(nth)) });
  await bench.level();
  const count = load.latenciesMs.length;
  const levelPerSecond = (count * 1000) / (performance.now() - sinceMs);
  return { perSecond: count / load.seconds, summary: summaryOf(load.latenciesMs), levelPerSecond };
};

export const measureCreatePost = async (bench: BenchNetwork, sizes: Sizes): Promise<Measurement> => {
  const atFixed: Summary[] = [];
  const saturated = new Map<number, Saturation[]>(CALLERS.map((callers) => [callers, []]));
  // Code and caches are warm in a process that has run for a second.
  await inTurn({ callers: 8, seconds: 1, call: (nth) => publish(bench, createPosts(sizes, 10)(nth)) });
  for (let round = 0; round < sizes.rounds; round += 1) {
    await bench.level();
    const post = createPosts(sizes, 100 + round);
    const load = await atRate({ perSecond: RATE, seconds: sizes.loadS, call: (nth) => publish(bench, post(nth)) });
    atFixed.push(summaryOf(load.latenciesMs));
    for (const callers of CALLERS) saturated.get(callers)?.push(await saturate(bench, sizes, callers, 200 + 10 * round + callers));
  }
  const p99 = figure(
    `at ${RATE}/s, p99`,
    'ms',
    atFixed.map((summary) => summary.p99),
  );
  const sustained = figure(
    'sustained with 32 callers',
    '/s',
    (saturated.get(32) ?? []).map((round) => round.perSecond),
  );
  return {
    title: 'Create a post, durable, through the service',
    figures: [
      figure(
        `at ${RATE}/s, p50`,
        'ms',
        atFixed.map((summary) => summary.p50),
      ),
      figure(
        `at ${RATE}/s, p95`,
        'ms',
        atFixed.map((summary) => summary.p95),
      ),
      p99,
      figure(
        `at ${RATE}/s, longest`,
        'ms',
        atFixed.map((summary) => summary.max),
      ),
      sustained,
      ...[...saturated].flatMap(([callers, rounds]) => [
        ...(callers === 32
          ? []
          : [
              figure(
                `sustained with ${callers} callers`,
                '/s',
                rounds.map((round) => round.perSecond),
              ),
            ]),
        figure(
          `with ${callers} callers, p99`,
          'ms',
          rounds.map((round) => round.summary.p99),
        ),
        figure(
          `with ${callers} callers, until views and index are level`,
          '/s',
          rounds.map((round) => round.levelPerSecond),
        ),
      ]),
    ],
    budgets: [
      atMost(`create a post, durable: p99 ≤ 30 ms at ${RATE}/s`, p99, 30),
      atLeast('create a post, durable: ≥ 1,000/s sustained', sustained, 1000),
    ],
  };
};
