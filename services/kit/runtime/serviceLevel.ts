import type { FollowedProgress } from '../eventing/consumerProgress.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';

/** A consumer that lacks something is given this long before the answer is no. */
export const LEVEL_WAIT_MS = 100;

/** True when the consumer passed the heads, a short while from now at the latest. */
export const reachesHeads = async (clock: Clock, progress: FollowedProgress, epoch: string, heads: readonly number[]): Promise<boolean> => {
  if (progress.epoch() !== epoch) return false;
  const passed = (): boolean => heads.every((head, lane) => progress.position(lane) >= head);
  if (passed()) return true;
  const timeIsOver = new AbortController();
  const cancel = clock.after(LEVEL_WAIT_MS, () => timeIsOver.abort());
  await Promise.all(heads.map((head, lane) => progress.reached(lane, head, timeIsOver.signal)));
  cancel();
  return passed();
};

/** True when every consumer passed the heads its source has now. Each owner is asked once. */
export const allLevel = async (bus: Bus, clock: Clock, progresses: readonly FollowedProgress[]): Promise<boolean> => {
  const sources = [...new Set(progresses.map((progress) => progress.source))];
  const heads = new Map(await Promise.all(sources.map(async (source) => [source, await bus.heads(source)] as const)));
  const answers = progresses.map((progress) => {
    const known = heads.get(progress.source);
    return known === undefined ? false : reachesHeads(clock, progress, known.epoch, known.heads);
  });
  return !(await Promise.all(answers)).includes(false);
};

/** Events a consumer has not seen yet, over all lanes. */
export const lagBehind = async (bus: Bus, progress: FollowedProgress): Promise<number> => {
  const { epoch, heads } = await bus.heads(progress.source);
  const passed = (lane: number): number => (epoch === progress.epoch() ? progress.position(lane) : 0);
  return heads.reduce((sum, head, lane) => sum + Math.max(0, head - passed(lane)), 0);
};
