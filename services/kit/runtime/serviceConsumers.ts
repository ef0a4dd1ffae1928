import type { Logger } from 'pino';
import type { EventCodec } from '../eventing/codec.ts';
import { createListenerRunner, type ListenerRunner } from '../eventing/consumerListener.ts';
import type { FollowedProgress } from '../eventing/consumerProgress.ts';
import { createPolicyRunner, type PolicyRunner } from '../eventing/policyRunner.ts';
import type { ManagedView } from '../eventing/rebuild.ts';
import { pause } from './pause.ts';
import type { ExternalConsumer, Listener, Policy, ServicePorts } from './service.ts';
import type { Followed } from './tokens.ts';

/** Between two attempts while an owner is away at start, and between looks at a view that is catching up. */
const RETRY_MS = 200;
/** Failures at a start that are nothing to speak of: services start in any order. */
const QUIET_ATTEMPTS = 25;
/** `level` gives a consumer that lacks something this long before it answers no. */
const LEVEL_WAIT_MS = 100;

export interface ServiceConsumers {
  readonly views: readonly ManagedView[];
  /** Consumers that reads depend on. */
  followed(): readonly Followed[];
  /** Opens and starts views and listeners; resolves when the views have passed the heads their sources had. */
  startViews(): Promise<void>;
  startPolicies(): Promise<void>;
  stop(): Promise<void>;
  level(): Promise<boolean>;
  policies(): readonly PolicyRunner[];
  external(): readonly ExternalConsumer[];
  /** Events a consumer has not seen yet. Asks the owner. */
  lagOf(progress: FollowedProgress): Promise<number>;
}

export interface ServiceConsumersOptions {
  readonly name: string;
  readonly ports: ServicePorts;
  readonly codec: EventCodec;
  readonly logger: Logger;
  readonly views: readonly ManagedView[];
  readonly policies: readonly Policy[];
  readonly listeners: readonly Listener[];
  readonly external: readonly ExternalConsumer[];
}

export const createServiceConsumers = (options: ServiceConsumersOptions): ServiceConsumers => {
  const { ports, codec, logger, name: service, views } = options;
  const { bus, clock, state } = ports;
  const policies = options.policies.map((policy) => createPolicyRunner({ policy, service, state, bus, codec, clock, logger }));
  const listeners: ListenerRunner[] = options.listeners.map((listener) => createListenerRunner({ listener, service, bus, codec, logger }));
  const { external } = options;
  let closing = new AbortController();

  /** Owners may start after us: what fails is tried again until the service is stopped, and soon said aloud. */
  const patiently = async (body: () => Promise<void>): Promise<void> => {
    for (let attempt = 1; !closing.signal.aborted; attempt++) {
      try {
        return await body();
      } catch (error) {
        logger[attempt < QUIET_ATTEMPTS ? 'debug' : 'warn']({ err: error, attempt }, 'a consumer waits for the owner of its source');
        await pause(clock, RETRY_MS, closing.signal);
      }
    }
  };

  /** Waits, a while at most, until the consumer has passed the heads its source has now. */
  const catchUp = async (progress: FollowedProgress): Promise<void> => {
    const { epoch, heads } = await bus.heads(progress.source);
    const passed = await reachedAll(progress, epoch, heads);
    // A lane may need no event but a restart (a new history): then there is nothing to hear of.
    if (!passed && progress.epoch() !== epoch) await pause(clock, LEVEL_WAIT_MS, closing.signal);
  };

  const viewLevel = async (view: ManagedView): Promise<void> => {
    await patiently(async () => {
      while (!closing.signal.aborted && view.runner().state() !== 'stopped') {
        if (await view.runner().level()) break;
        await Promise.all(view.runner().runners.map((runner) => catchUp(runner.progress)));
      }
    });
    if (!closing.signal.aborted) await view.dropOthers();
  };

  const externalLevel = async (runner: ExternalConsumer): Promise<void> => {
    await patiently(async () => {
      const { heads } = await bus.heads(runner.progress.source);
      await Promise.all(heads.map((head, lane) => runner.progress.reached(lane, head, closing.signal)));
    });
  };

  const progresses = (): FollowedProgress[] => [
    ...views.flatMap((view) => view.runner().runners.map((runner) => runner.progress)),
    ...policies.map((policy) => policy.progress),
    ...listeners.map((listener) => listener.progress),
    ...external.map((runner) => runner.progress),
  ];

  const reachedAll = async (progress: FollowedProgress, epoch: string, heads: readonly number[]): Promise<boolean> => {
    const lacking = heads.findIndex((head, lane) => progress.position(lane) < head);
    if (progress.epoch() === epoch && lacking < 0) return true;
    if (progress.epoch() !== epoch) return false;
    const timeIsOver = new AbortController();
    const cancel = clock.after(LEVEL_WAIT_MS, () => timeIsOver.abort());
    await Promise.all(heads.map((head, lane) => progress.reached(lane, head, timeIsOver.signal)));
    cancel();
    return heads.every((head, lane) => progress.position(lane) >= head);
  };

  return {
    views,
    policies: () => policies,
    external: () => external,
    async lagOf(progress) {
      const { epoch, heads } = await bus.heads(progress.source);
      const passed = (lane: number): number => (epoch === progress.epoch() ? progress.position(lane) : 0);
      return heads.reduce((sum, head, lane) => sum + Math.max(0, head - passed(lane)), 0);
    },
    followed: () => [
      ...views.flatMap((view) =>
        view.runner().runners.map((runner) => ({
          progress: runner.progress,
          refresh: runner.refresh,
          stopped: () => view.runner().state() === 'stopped',
        })),
      ),
      ...listeners.map((listener) => ({ progress: listener.progress })),
      ...external.map((runner) => ({ progress: runner.progress, stopped: () => runner.state().state === 'stopped' })),
    ],
    async startViews() {
      closing = new AbortController();
      // Before the views are read: what a ring loads from a view and what it hears then overlap, with no gap between.
      for (const listener of listeners) await patiently(() => listener.start());
      await Promise.all([...views.map((view) => view.start()), ...external.map((runner) => patiently(() => runner.start()))]);
      await Promise.all([...views.map(viewLevel), ...external.map(externalLevel)]);
    },
    async startPolicies() {
      for (const policy of policies) await patiently(() => policy.start());
    },
    async stop() {
      closing.abort();
      await Promise.all(policies.map((policy) => policy.stop()));
      await Promise.all(external.map((runner) => runner.stop()));
      await Promise.all([...views.map((view) => view.stop()), ...listeners.map((listener) => listener.stop())]);
    },
    async level() {
      if (!views.every((view) => view.opened())) return false;
      const all = progresses();
      const sources = [...new Set(all.map((progress) => progress.source))];
      const heads = new Map(await Promise.all(sources.map(async (source) => [source, await bus.heads(source)] as const)));
      const answers = await Promise.all(
        all.map((progress) => {
          const known = heads.get(progress.source);
          return known === undefined ? false : reachedAll(progress, known.epoch, known.heads);
        }),
      );
      return !answers.includes(false);
    },
  };
};
