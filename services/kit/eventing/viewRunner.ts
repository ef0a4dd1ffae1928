import type { Logger } from 'pino';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Mark, View } from '../ports/views.ts';
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
}

/** What the parts of a running view share. */
interface Running {
  readonly options: ViewRunnerOptions;
  runners: readonly ProjectionRunner[];
  state: ViewState;
  reason: string;
  closing: AbortController;
  restarting: Promise<void> | undefined;
}

/** The epoch of a source; undefined when the view was stopped before its owner answered. */
const epochOf = async (running: Running, source: string): Promise<string | undefined> => {
  const { bus, clock, logger, group } = running.options;
  const { signal } = running.closing;
  while (!signal.aborted) {
    try {
      return (await bus.heads(source)).epoch;
    } catch (error) {
      running.reason = `${source} is away`;
      logger.debug({ err: error, source, view: group }, 'the owner of a source does not answer yet');
      await pause(clock, OWNER_AWAY_MS, signal);
    }
  }
  return undefined;
};

/** Marks to go on from: none after clearing a view whose source began a new history. */
const usableMarks = async ({ options }: Running, epochs: ReadonlyMap<string, string>): Promise<Mark[]> => {
  const marks = await options.view.marks();
  if (!marks.some((mark) => epochs.has(mark.source) && epochs.get(mark.source) !== mark.epoch)) return marks;
  options.logger.warn({ view: options.group }, 'a source began a new history: the view is built anew');
  await options.view.clear();
  return [];
};

const run = async (running: Running): Promise<void> => {
  const epochs = new Map<string, string>();
  for (const { projection } of running.runners) {
    const epoch = await epochOf(running, projection.source);
    if (epoch === undefined) return;
    epochs.set(projection.source, epoch);
  }
  const marks = await usableMarks(running, epochs);
  running.state = marks.length === 0 ? 'rebuilding' : 'running';
  running.reason = '';
  for (const runner of running.runners) {
    if (!running.closing.signal.aborted) await runner.start(epochs.get(runner.projection.source) as string, marks);
  }
};

const stopRunners = async ({ runners }: Running): Promise<void> => {
  await Promise.all(runners.map((runner) => runner.stop()));
};

/** Not awaited by the batch that asks for it: it would wait for itself. */
const restart = (running: Running): void => {
  if (running.restarting !== undefined || running.closing.signal.aborted) return;
  running.state = 'rebuilding';
  const again = async (): Promise<void> => {
    try {
      await stopRunners(running);
      if (!running.closing.signal.aborted) await run(running);
    } catch (error) {
      running.state = 'stopped';
      running.reason = reasonOf(error);
      running.options.logger.error({ err: error, view: running.options.group, alert: true }, 'the view could not be built anew');
    } finally {
      running.restarting = undefined;
    }
  };
  running.restarting = again();
};

const createRunners = (running: Running): ProjectionRunner[] =>
  running.options.projections.map((projection) =>
    createProjectionRunner({
      ...running.options,
      projection,
      rebuilding: () => running.state === 'rebuilding',
      onForeignEpoch: () => restart(running),
      onStopped(why) {
        running.state = 'stopped';
        running.reason = why;
        void stopRunners(running);
      },
    }),
  );

const lagOf = async ({ options }: Running, { projection, progress }: ProjectionRunner): Promise<number> => {
  const { epoch, heads } = await options.bus.heads(projection.source);
  const passed = (lane: number): number => (epoch === progress.epoch() ? progress.position(lane) : 0);
  return heads.reduce((sum, head, lane) => sum + Math.max(0, head - passed(lane)), 0);
};

export const createViewRunner = (options: ViewRunnerOptions): ViewRunner => {
  const running: Running = { options, runners: [], state: 'starting', reason: '', closing: new AbortController(), restarting: undefined };
  running.runners = createRunners(running);
  return {
    view: options.view,
    runners: running.runners,
    async start() {
      running.closing = new AbortController();
      await run(running);
    },
    async stop() {
      running.closing.abort();
      await stopRunners(running);
      await running.restarting;
      // A restart that had begun may have subscribed again.
      await stopRunners(running);
    },
    state: () => running.state,
    reason: () => running.reason || running.runners.map((runner) => runner.trouble()).find((trouble) => trouble !== '') || '',
    async level() {
      for (const runner of running.runners) if ((await lagOf(running, runner)) > 0) return false;
      if (running.state === 'rebuilding') running.state = 'running';
      return running.state === 'running';
    },
  };
};
