import type { Logger } from 'pino';
import type { EventCodec } from '../eventing/codec.ts';
import { createListenerRunner, type ListenerRunner } from '../eventing/consumerListener.ts';
import type { FollowedProgress } from '../eventing/consumerProgress.ts';
import { createPolicyRunner, type PolicyRunner } from '../eventing/policyRunner.ts';
import type { ManagedView } from '../eventing/rebuild.ts';
import { pause } from './pause.ts';
import type { ExternalConsumer, Listener, Policy, ServicePorts } from './service.ts';
import { allLevel, LEVEL_WAIT_MS, lagBehind, reachesHeads } from './serviceLevel.ts';
import type { Followed } from './tokens.ts';

/** Between two attempts while an owner is away at start, and between looks at a view that is catching up. */
const RETRY_MS = 200;
/** Failures at a start that are nothing to speak of: services start in any order. */
const QUIET_ATTEMPTS = 25;

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

/** What the parts share. */
interface Consumers {
  readonly options: ServiceConsumersOptions;
  readonly policies: readonly PolicyRunner[];
  readonly listeners: readonly ListenerRunner[];
  closing: AbortController;
}

/** Owners may start after us: what fails is tried again until the service is stopped, and soon said aloud. */
const patiently = async ({ options, closing }: Consumers, body: () => Promise<void>): Promise<void> => {
  const { logger, ports } = options;
  for (let attempt = 1; !closing.signal.aborted; attempt++) {
    try {
      return await body();
    } catch (error) {
      logger[attempt < QUIET_ATTEMPTS ? 'debug' : 'warn']({ err: error, attempt }, 'a consumer waits for the owner of its source');
      await pause(ports.clock, RETRY_MS, closing.signal);
    }
  }
};

/** Waits, a while at most, until the consumer has passed the heads its source has now. */
const catchUp = async ({ options, closing }: Consumers, progress: FollowedProgress): Promise<void> => {
  const { bus, clock } = options.ports;
  const { epoch, heads } = await bus.heads(progress.source);
  const passed = await reachesHeads(clock, progress, epoch, heads);
  // A view that starts anew hears of no position meanwhile.
  if (!passed && progress.epoch() !== epoch) await pause(clock, LEVEL_WAIT_MS, closing.signal);
};

const viewLevel = async (consumers: Consumers, view: ManagedView): Promise<void> => {
  const { signal } = consumers.closing;
  await patiently(consumers, async () => {
    while (!signal.aborted && view.runner().state() !== 'stopped') {
      if (await view.runner().level()) break;
      await Promise.all(view.runner().runners.map((runner) => catchUp(consumers, runner.progress)));
    }
  });
  if (!signal.aborted) await view.dropOthers();
};

const externalLevel = (consumers: Consumers, { progress }: ExternalConsumer): Promise<void> =>
  patiently(consumers, async () => {
    const { heads } = await consumers.options.ports.bus.heads(progress.source);
    await Promise.all(heads.map((head, lane) => progress.reached(lane, head, consumers.closing.signal)));
  });

const startViews = async (consumers: Consumers): Promise<void> => {
  const { views, external } = consumers.options;
  // Before the views are read: what a ring loads from a view and what it hears then overlap, with no gap between.
  for (const listener of consumers.listeners) await patiently(consumers, () => listener.start());
  const starting = external.map((consumer) => patiently(consumers, () => consumer.start()));
  await Promise.all([...views.map((view) => view.start()), ...starting]);
  const levels = external.map((consumer) => externalLevel(consumers, consumer));
  await Promise.all([...views.map((view) => viewLevel(consumers, view)), ...levels]);
};

const followedBy = ({ options, listeners }: Consumers): Followed[] => [
  ...options.views.flatMap((view) =>
    view.runner().runners.map((runner) => ({
      progress: runner.progress,
      refresh: runner.refresh,
      stopped: () => view.runner().state() === 'stopped',
    })),
  ),
  ...listeners.map((listener) => ({ progress: listener.progress })),
  ...options.external.map((consumer) => ({ progress: consumer.progress, stopped: () => consumer.state().state === 'stopped' })),
];

const stopAll = async ({ options, policies, listeners, closing }: Consumers): Promise<void> => {
  closing.abort();
  await Promise.all(policies.map((policy) => policy.stop()));
  await Promise.all(options.external.map((consumer) => consumer.stop()));
  await Promise.all([...options.views.map((view) => view.stop()), ...listeners.map((listener) => listener.stop())]);
};

export const createServiceConsumers = (options: ServiceConsumersOptions): ServiceConsumers => {
  const { ports, codec, logger, name: service, views, external } = options;
  const { bus, clock, state } = ports;
  const policies = options.policies.map((policy) => createPolicyRunner({ policy, service, state, bus, codec, clock, logger }));
  const listeners = options.listeners.map((listener) => createListenerRunner({ listener, service, bus, codec, logger }));
  const consumers: Consumers = { options, policies, listeners, closing: new AbortController() };
  return {
    views,
    policies: () => policies,
    external: () => external,
    lagOf: (progress) => lagBehind(bus, progress),
    followed: () => followedBy(consumers),
    startViews() {
      consumers.closing = new AbortController();
      return startViews(consumers);
    },
    async startPolicies() {
      for (const policy of policies) await patiently(consumers, () => policy.start());
    },
    stop: () => stopAll(consumers),
    async level() {
      if (!views.every((view) => view.opened())) return false;
      const followed = followedBy(consumers).map((known) => known.progress);
      return allLevel(bus, clock, [...followed, ...policies.map((policy) => policy.progress)]);
    },
  };
};
