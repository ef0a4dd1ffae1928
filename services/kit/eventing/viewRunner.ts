import type { Logger } from 'pino';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { View } from '../ports/views.ts';
import { pause } from '../runtime/pause.ts';
import type { EventCodec } from './codec.ts';
import { reasonOf } from './consumerFaults.ts';
import type { Projection } from './projection.ts';
import { createProjectionRunner, type ProjectionRunner } from './projectionRunner.ts';

/** Between two attempts to ask an owner that is away for its history. */
const OWNER_AWAY_MS = 500;

export type ViewState = 'starting' | 'rebuilding' | 'running' | 'stopped';

export interface ViewRunnerOptions {
  /** Service and name of the view, e.g. `post.groupLog`: the name of its subscriptions. */
  readonly group: string;
  /** The projections of one view, one per source. */
  readonly projections: readonly Projection[];
  readonly view: View;
  readonly bus: Bus;
  readonly codec: EventCodec;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly parkable: boolean;
}

/** One physical view with all that writes it. */
export interface ViewRunner {
  readonly view: View;
  readonly runners: readonly ProjectionRunner[];
  /** Resolves when every source is followed; level comes later. Waits for owners that are away. */
  start(): Promise<void>;
  stop(): Promise<void>;
  state(): ViewState;
  reason(): string;
  /** True when every lane has passed its source's head of now. Asks the owners. */
  level(): Promise<boolean>;
  /** Events not yet applied, per source. Asks the owners. */
  lag(source: string): Promise<number>;
}

export const createViewRunner = (options: ViewRunnerOptions): ViewRunner => {
  const { view, bus, clock, logger } = options;
  let state: ViewState = 'starting';
  let reason = '';
  let closing = new AbortController();
  let restarting: Promise<void> | undefined;

  const epochOf = async (source: string): Promise<string | undefined> => {
    while (!closing.signal.aborted) {
      try {
        return (await bus.heads(source)).epoch;
      } catch (error) {
        reason = `${source} is away`;
        logger.debug({ err: error, source, view: options.group }, 'the owner of a source does not answer yet');
        await pause(clock, OWNER_AWAY_MS, closing.signal);
      }
    }
    return undefined;
  };

  const run = async (): Promise<void> => {
    const epochs = new Map<string, string>();
    for (const { projection } of runners) {
      const epoch = await epochOf(projection.source);
      if (epoch === undefined) return;
      epochs.set(projection.source, epoch);
    }
    const marks = await view.marks();
    const foreign = marks.some((mark) => epochs.has(mark.source) && epochs.get(mark.source) !== mark.epoch);
    if (foreign) {
      logger.warn({ view: options.group }, 'a source began a new history: the view is built anew');
      await view.clear();
    }
    state = foreign || marks.length === 0 ? 'rebuilding' : 'running';
    reason = '';
    const known = foreign ? [] : marks;
    for (const runner of runners) {
      if (!closing.signal.aborted) await runner.start(epochs.get(runner.projection.source) as string, known);
    }
  };

  const halt = async (): Promise<void> => {
    closing.abort();
    await Promise.all(runners.map((runner) => runner.stop()));
  };

  /** Not awaited by the batch that asks for it: it would wait for itself. */
  const restart = (): void => {
    if (restarting !== undefined || closing.signal.aborted) return;
    state = 'rebuilding';
    restarting = (async () => {
      await Promise.all(runners.map((runner) => runner.stop()));
      if (!closing.signal.aborted) await run();
    })()
      .catch((error: unknown) => {
        state = 'stopped';
        reason = reasonOf(error);
        logger.error({ err: error, view: options.group, alert: true }, 'the view could not be built anew');
      })
      .finally(() => {
        restarting = undefined;
      });
  };

  const runners = options.projections.map((projection) =>
    createProjectionRunner({
      projection,
      view,
      bus,
      codec: options.codec,
      clock,
      logger,
      group: options.group,
      parkable: options.parkable,
      rebuilding: () => state === 'rebuilding',
      onForeignEpoch: restart,
      onStopped(why) {
        state = 'stopped';
        reason = why;
        void Promise.all(runners.map((runner) => runner.stop()));
      },
    }),
  );

  const lagOf = async (runner: ProjectionRunner): Promise<number> => {
    const { epoch, heads } = await bus.heads(runner.projection.source);
    const passed = (lane: number): number => (epoch === runner.progress.epoch() ? runner.progress.position(lane) : 0);
    return heads.reduce((sum, head, lane) => sum + Math.max(0, head - passed(lane)), 0);
  };

  return {
    view,
    runners,
    async start() {
      closing = new AbortController();
      await run();
    },
    async stop() {
      await halt();
      await restarting;
    },
    state: () => state,
    reason: () => reason || runners.map((runner) => runner.trouble()).find((trouble) => trouble !== '') || '',
    async level() {
      for (const runner of runners) if ((await lagOf(runner)) > 0) return false;
      if (state === 'rebuilding') state = 'running';
      return state === 'running';
    },
    async lag(source) {
      const runner = runners.find((known) => known.projection.source === source);
      return runner === undefined ? 0 : lagOf(runner);
    },
  };
};
