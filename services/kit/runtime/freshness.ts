import type { Logger } from 'pino';
import type { ProjectionRunner } from '../eventing/projectionRunner.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import { unavailable } from './errors.ts';

/** The revocation bound (design §7). */
export const FRESHNESS = {
  /** Owners are asked this often. */
  everyMs: 1000,
  /** Further behind than this: the lane is read from its owner, past the bus. */
  readOwnerAfterMs: 1000,
  /** Still further behind: what depends on rights is refused. */
  closeAfterMs: 5000,
  /** An owner that does not answer within this time is away. */
  askTimeoutMs: 2000,
  /** Heads remembered per lane until they are reached. */
  observations: 16,
} as const;

export interface FreshnessGuard {
  start(): void;
  stop(): Promise<void>;
  /** False: facts are too old to grant anything that can be revoked. */
  fresh(): boolean;
  /** One round: asks, compares, reads from the owner where needed. */
  check(): Promise<void>;
}

interface Observation {
  readonly head: number;
  readonly atMs: number;
}

export interface FreshnessOptions {
  readonly runners: () => readonly ProjectionRunner[];
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
}

const withTimeout = <T>(clock: Clock, timeoutMs: number, promise: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => reject(unavailable('owner-away', 'the owner did not answer in time')));
    promise.then(resolve, reject).finally(cancel);
  });

/** What the parts of the guard share; lanes by `source/lane`. */
interface Watch {
  readonly options: FreshnessOptions;
  /** Heads seen and not reached yet, oldest first. */
  readonly seen: Map<string, Observation[]>;
  /** Lanes being read from their owner. */
  readonly reading: Map<string, Promise<void>>;
  readonly closed: Map<string, boolean>;
}

/** How long the lane has not reached a head its owner had, in milliseconds. */
const behind = ({ options, seen }: Watch, key: string, head: number, position: number): number => {
  const nowMs = options.clock.now().getTime();
  const open = (seen.get(key) ?? []).filter((observation) => observation.head > position);
  if (head > position && open.at(-1)?.head !== head && open.length < FRESHNESS.observations) open.push({ head, atMs: nowMs });
  seen.set(key, open);
  return open[0] === undefined ? 0 : nowMs - open[0].atMs;
};

/** One reading of a lane at a time: a slow one is waited for, not joined by another each second. */
const catchUp = ({ reading }: Watch, key: string, runner: ProjectionRunner, lane: number): Promise<void> => {
  const known = reading.get(key);
  if (known !== undefined) return known;
  const started = runner.catchUp(lane).finally(() => reading.delete(key));
  reading.set(key, started);
  return started;
};

/** False when the lane is too far behind, past help. */
const checkLane = async (watch: Watch, runner: ProjectionRunner, lane: number, head: number): Promise<boolean> => {
  const { source } = runner.projection;
  const key = `${source}/${lane}`;
  if (behind(watch, key, head, runner.progress.position(lane)) <= FRESHNESS.readOwnerAfterMs) return true;
  const { clock, logger } = watch.options;
  try {
    await withTimeout(clock, FRESHNESS.askTimeoutMs, catchUp(watch, key, runner, lane));
  } catch (error) {
    logger.warn({ err: error, source, lane }, 'access facts could not be read from their owner');
  }
  return behind(watch, key, head, runner.progress.position(lane)) <= FRESHNESS.closeAfterMs;
};

const tell = ({ options, closed }: Watch, source: string, isClosed: boolean): void => {
  const was = closed.get(source) ?? false;
  closed.set(source, isClosed);
  if (isClosed && !was) options.logger.error({ source, alert: true }, 'access facts are too old: reads that can be revoked are refused');
  if (!isClosed && was) options.logger.info({ source }, 'access facts are fresh again');
};

const checkSource = async (watch: Watch, runner: ProjectionRunner): Promise<void> => {
  const { bus, clock, logger } = watch.options;
  const { source } = runner.projection;
  let answer: { epoch: string; heads: number[] };
  try {
    answer = await withTimeout(clock, FRESHNESS.askTimeoutMs, bus.heads(source));
    await runner.refresh();
  } catch (error) {
    // Away, so nothing new can have been acknowledged there: what holds, holds on.
    logger.debug({ err: error, source }, 'the owner of access facts does not answer');
    return;
  }
  const position = (lane: number): number => (runner.progress.epoch() === answer.epoch ? runner.progress.position(lane) : 0);
  const lanes = answer.heads.map((head, lane) => {
    if (head > position(lane)) return checkLane(watch, runner, lane, head);
    watch.seen.delete(`${source}/${lane}`);
    return true;
  });
  tell(watch, source, (await Promise.all(lanes)).includes(false));
};

/** Compares the facts' marks with the heads their owners tell, every second. Closed, never open. */
export const createFreshnessGuard = (options: FreshnessOptions): FreshnessGuard => {
  const watch: Watch = { options, seen: new Map(), reading: new Map(), closed: new Map() };
  let cancelNext = (): void => undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = true;
  const check = async (): Promise<void> => {
    await Promise.all(options.runners().map((runner) => checkSource(watch, runner)));
  };
  const next = (): void => {
    if (stopped) return;
    cancelNext = options.clock.after(FRESHNESS.everyMs, () => {
      running = check()
        .catch((error: unknown) => options.logger.error({ err: error }, 'the check of access facts failed'))
        .finally(next);
    });
  };
  return {
    check,
    fresh: () => ![...watch.closed.values()].includes(true),
    start() {
      stopped = false;
      next();
    },
    async stop() {
      stopped = true;
      cancelNext();
      await running;
    },
  };
};
