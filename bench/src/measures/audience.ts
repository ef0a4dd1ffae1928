/** Posting to a few against posting to many; and what it would cost to write to everybody's inbox instead. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { randomId } from '@parvis/kit/runtime/ids.ts';
import type { BenchNetwork } from '../benchNetwork.ts';
import { absentId, LARGE_GROUP, SMALL_GROUP, SMALL_GROUP_WRITERS } from '../data/cast.ts';
import { createTexts } from '../data/texts.ts';
import { inTurn } from '../load.ts';
import { atMost, figure, type Measurement, ratio } from '../report/measurement.ts';
import type { Sizes } from '../sizes.ts';
import { median } from '../statistics.ts';
import { publish } from './writePost.ts';

const CALLERS = 8;

interface Cost {
  /** Until the acknowledgement, one post at a time. */
  readonly p50Ms: number;
  /** Of the whole process, until every view had followed. */
  readonly cpuMs: number;
}

type Texts = ReturnType<typeof createTexts>;
const postTo = (bench: BenchNetwork, group: string, texts: Texts, nth: number): Promise<unknown> =>
  publish(bench, { writer: nth % SMALL_GROUP_WRITERS, group, title: texts.title(), body: texts.body() });

const cpuPerPost = async (bench: BenchNetwork, group: string, texts: Texts, calls: number): Promise<number> => {
  await bench.level();
  const before = process.cpuUsage();
  await inTurn({ callers: CALLERS, calls, call: (nth) => postTo(bench, group, texts, nth) });
  await bench.level();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / calls;
};

/** Both groups post by post, so that neither has the quieter moment. */
const latencies = async (bench: BenchNetwork, texts: Texts, calls: number): Promise<{ small: number; large: number }> => {
  const [small, large]: [number[], number[]] = [[], []];
  for (let nth = 0; nth < 2 * calls; nth += 1) {
    const sinceMs = performance.now();
    await postTo(bench, nth % 2 === 0 ? SMALL_GROUP : LARGE_GROUP, texts, nth);
    (nth % 2 === 0 ? small : large).push(performance.now() - sinceMs);
  }
  return { small: median(small), large: median(large) };
};

/** One row per member in one durable transaction: the naive way, on the same disk. @returns milliseconds per post */
const fanOutOnWrite = (root: string, members: readonly string[], posts: number): number => {
  const file = join(root, 'fanOut.db');
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  db.exec('CREATE TABLE inbox (person TEXT, at INTEGER, post TEXT, PRIMARY KEY (person, at, post)) WITHOUT ROWID');
  const insert = db.prepare('INSERT INTO inbox VALUES (?, ?, ?)');
  const times: number[] = [];
  for (let nth = 0; nth < posts; nth += 1) {
    const post = randomId();
    const sinceMs = performance.now();
    db.exec('BEGIN');
    for (const member of members) insert.run(member, nth, post);
    db.exec('COMMIT');
    times.push(performance.now() - sinceMs);
  }
  db.close();
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
  return median(times);
};

const measureFanOut = (root: string, sizes: Sizes): { few: number; many: number } => {
  const many = Array.from({ length: sizes.largeGroup }, (_, nth) => absentId(nth));
  return { few: fanOutOnWrite(root, many.slice(0, sizes.smallGroup), 50), many: fanOutOnWrite(root, many, 5) };
};

export const measureAudience = async (bench: BenchNetwork, sizes: Sizes, root: string): Promise<Measurement> => {
  const texts = createTexts(500);
  const [small, large]: [Cost[], Cost[]] = [[], []];
  const fanOut: { few: number; many: number }[] = [];
  for (let round = 0; round < sizes.rounds; round += 1) {
    await bench.level();
    const p50Ms = await latencies(bench, texts, sizes.postsPerGroup);
    small.push({ p50Ms: p50Ms.small, cpuMs: await cpuPerPost(bench, SMALL_GROUP, texts, sizes.postsPerGroup) });
    large.push({ p50Ms: p50Ms.large, cpuMs: await cpuPerPost(bench, LARGE_GROUP, texts, sizes.postsPerGroup) });
    fanOut.push(measureFanOut(root, sizes));
  }
  const of = (costs: readonly Cost[], what: keyof Cost): number[] => costs.map((cost) => cost[what]);
  const many = sizes.largeGroup.toLocaleString('en-US');
  const slower = figure(`to ${many} against to ${sizes.smallGroup}, p50`, '×', ratio(of(large, 'p50Ms'), of(small, 'p50Ms')));
  const dearer = figure(`to ${many} against to ${sizes.smallGroup}, processor`, '×', ratio(of(large, 'cpuMs'), of(small, 'cpuMs')));
  return {
    title: 'Posting to few and to many',
    figures: [
      figure(`to ${sizes.smallGroup} members, p50`, 'ms', of(small, 'p50Ms')),
      figure(`to ${many} members, p50`, 'ms', of(large, 'p50Ms')),
      slower,
      figure(`to ${sizes.smallGroup} members, processor per post with all that follows`, 'ms', of(small, 'cpuMs')),
      figure(`to ${many} members, processor per post with all that follows`, 'ms', of(large, 'cpuMs')),
      dearer,
      figure(
        `fan-out on write to ${sizes.smallGroup} (base line)`,
        'ms',
        fanOut.map((round) => round.few),
      ),
      figure(
        `fan-out on write to ${many} (base line)`,
        'ms',
        fanOut.map((round) => round.many),
      ),
    ],
    budgets: [
      atMost(`posting to ${many} members ≤ 1.2 × posting to ${sizes.smallGroup}, until the acknowledgement`, slower, 1.2),
      atMost(`posting to ${many} members ≤ 1.2 × posting to ${sizes.smallGroup}, processor with all that follows`, dearer, 1.2),
    ],
  };
};
