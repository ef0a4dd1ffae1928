/** Creating a post over HTTP, through the gateway of a process of its own on the smaller network; and that process' memory. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { atRate, inTurn } from '../load.ts';
import { peakMb, residentMb } from '../processMemory.ts';
import { figure, type Measurement } from '../report/measurement.ts';
import type { Serving } from '../serveNetwork.ts';
import type { Sizes } from '../sizes.ts';
import { type Summary, summaryOf } from '../statistics.ts';
import { createPosts } from './writePost.ts';

const RATE = 200;
const CALLERS = 32;

const serve = async (folder: string): Promise<{ child: ChildProcess; serving: Serving }> => {
  const child = fork(join(import.meta.dirname, '../serveNetwork.ts'), [folder], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit').then(() => {
    throw new Error('the serving process ended before it served');
  });
  const [serving] = await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => undefined);
  return { child, serving: serving as Serving };
};

const poster = ({ port, tokens }: Serving, sizes: Sizes, seed: number) => {
  const postOf = createPosts(sizes, seed);
  return async (nth: number): Promise<void> => {
    const { writer, group, title, body } = postOf(nth);
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/groups/${group}/posts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens[writer]}`, 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'discussion', title, body }),
    });
    if (response.status !== 201) throw new Error(`a post over HTTP: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  };
};

export const measureHttpPosts = async (folder: string, sizes: Sizes): Promise<Measurement> => {
  const { child, serving } = await serve(folder);
  const pid = child.pid as number;
  const startedMb = await residentMb(pid);
  const fixed: Summary[] = [];
  const saturated: number[] = [];
  await inTurn({ callers: 8, seconds: 1, call: poster(serving, sizes, 700) });
  for (let round = 0; round < sizes.rounds; round += 1) {
    const seconds = sizes.loadS / 4;
    fixed.push(summaryOf((await atRate({ perSecond: RATE, seconds, call: poster(serving, sizes, 710 + round) })).latenciesMs));
    const load = await inTurn({ callers: CALLERS, seconds, call: poster(serving, sizes, 720 + round) });
    saturated.push(load.latenciesMs.length / load.seconds);
  }
  const loadedMb = await residentMb(pid);
  const mostMb = await peakMb(pid);
  const exited = once(child, 'exit');
  child.send('stop');
  await exited;
  const posts = sizes.posts.small.toLocaleString('en-US');
  return {
    title: `Create a post over HTTP, sender and network sharing the machine (${posts} posts to begin with)`,
    figures: [
      figure(
        `at ${RATE}/s, p50`,
        'ms',
        fixed.map((summary) => summary.p50),
      ),
      figure(
        `at ${RATE}/s, p99`,
        'ms',
        fixed.map((summary) => summary.p99),
      ),
      figure(`sustained with ${CALLERS} callers`, '/s', saturated),
      figure('resident memory after the start', 'MB', [startedMb]),
      figure('resident memory after the load', 'MB', [loadedMb]),
      figure('most that was resident', 'MB', [mostMb]),
    ],
    budgets: [],
  };
};
