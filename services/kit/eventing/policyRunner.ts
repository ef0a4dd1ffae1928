import type { Logger } from 'pino';
import type { Bus, Subscription } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { RecordedEvent } from '../ports/eventLog.ts';
import type { StateStore } from '../ports/state.ts';
import { isParvisError, unavailable } from '../runtime/errors.ts';
import { pause } from '../runtime/pause.ts';
import type { Policy } from '../runtime/service.ts';
import { threadOf } from '../runtime/streams.ts';
import type { EventCodec } from './codec.ts';
import { isTransient, reasonOf } from './consumerFaults.ts';
import { createLaneLocks, type LaneLocks } from './consumerLanes.ts';
import { type ConsumerProgress, createConsumerProgress } from './consumerProgress.ts';
import { createPolicyMarks, type PolicyMarks } from './policyMarks.ts';
import { createPolicyParking, type PolicyParking } from './policyParking.ts';

/** Waits between attempts of one event that fails for a reason that does not pass; then its thread is parked. */
export const POLICY_RETRY_MS = [20, 200, 1000, 5000] as const;
const POLICY_BATCH = 200;

export interface PolicyRunnerOptions {
  readonly policy: Policy;
  /** Name of the service, part of the subscription's name. */
  readonly service: string;
  readonly state: StateStore;
  readonly bus: Bus;
  readonly codec: EventCodec;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface PolicyRunner {
  readonly policy: Policy;
  readonly progress: ConsumerProgress;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Handles what is parked, one thread or all. @returns threads that are parked no longer. */
  release(thread?: string): Promise<number>;
  parked(): number;
}

/** What the parts of a running policy share. */
interface Running {
  readonly options: PolicyRunnerOptions;
  readonly group: string;
  readonly types: ReadonlySet<string>;
  readonly progress: ConsumerProgress;
  readonly marks: PolicyMarks;
  readonly parking: PolicyParking;
  readonly locks: LaneLocks;
  closing: AbortController;
}

const handle = async ({ options }: Running, record: RecordedEvent): Promise<void> => {
  const [event] = await options.codec.open(options.policy.source, [record]);
  if (event?.event !== undefined) await options.policy.handle(event);
};

/**
 * Handles one event. What looks like a bug is tried a few times, a broken rule once.
 * @returns the reason it fails for good; undefined when it was handled. @throws what passes by itself: the lane waits.
 */
const tryHandle = async (running: Running, record: RecordedEvent): Promise<string | undefined> => {
  const { options, closing } = running;
  for (let attempt = 0; ; attempt++) {
    try {
      await handle(running, record);
      return undefined;
    } catch (error) {
      if (isTransient(error)) throw error;
      if (closing.signal.aborted) throw unavailable('stopping', 'the policy is being stopped');
      const delayMs = isParvisError(error) ? undefined : POLICY_RETRY_MS[attempt];
      if (delayMs === undefined) {
        const about = { policy: running.group, lane: record.lane, position: record.position, type: record.type };
        options.logger.error({ ...about, err: error, alert: true }, 'a policy parks a thread');
        return reasonOf(error);
      }
      await pause(options.clock, delayMs, closing.signal);
    }
  }
};

/** @returns whether it was an event for the policy, so that its mark matters. */
const takeOne = async (running: Running, record: RecordedEvent): Promise<boolean> => {
  const { parking, types } = running;
  if (!types.has(record.type)) return false;
  const reason = parking.has(threadOf(record.stream)) ? '' : await tryHandle(running, record);
  if (reason !== undefined) await parking.hold(record, reason);
  return true;
};

/** Marks after each event or once for the batch, as the policy asks; also when a later event of the batch must wait. */
const takeBatch = async (running: Running, lane: number, records: readonly RecordedEvent[]): Promise<void> => {
  const { options, progress, marks } = running;
  const each = options.policy.marks !== 'batch';
  let passed = progress.position(lane);
  let handled = 0;
  const keep = async (): Promise<void> => {
    if (handled > 0) await marks.save(progress.epoch(), lane, handled);
    handled = 0;
    if (passed > progress.position(lane)) progress.moved(lane, passed);
  };
  try {
    for (const record of records) {
      // An older history: what a restore left behind on the bus.
      if (record.epoch !== progress.epoch() || record.position <= passed) continue;
      if (await takeOne(running, record)) handled = record.position;
      passed = record.position;
      if (each) await keep();
    }
  } finally {
    await keep();
  }
  await marks.settle(progress.epoch(), lane, progress.position(lane));
};

const begin = async ({ options, progress, marks }: Running): Promise<void> => {
  const { epoch, heads } = await options.bus.heads(options.policy.source);
  progress.begin(epoch, await marks.load(epoch, heads));
};

const subscribe = (running: Running): Promise<Subscription> => {
  const { options, group, progress, locks } = running;
  return options.bus.subscribe({
    source: options.policy.source,
    kind: 'shared',
    group,
    batchLimit: POLICY_BATCH,
    async from(lane, epoch) {
      if (epoch !== progress.epoch()) await begin(running);
      return progress.position(lane);
    },
    onBatch: (lane, records) => locks.run(lane, () => takeBatch(running, lane, records)),
  });
};

const replayOne = async (running: Running, lane: number, position: number): Promise<string | undefined> => {
  const { bus, policy } = running.options;
  const [record] = await bus.readLane(policy.source, lane, { after: position - 1, limit: 1 });
  if (record?.position !== position) throw unavailable('lane-gap', `lane ${lane} of ${policy.source}: no record at ${position}`);
  return tryHandle(running, record);
};

/**
 * Calls a policy for each event of its types, in the order of the lane, at least once: the ids the policy derives from
 * the event make the effect happen once. Marks are kept in the state store, for no log could rebuild them.
 */
export const createPolicyRunner = (options: PolicyRunnerOptions): PolicyRunner => {
  const { policy, state } = options;
  const group = `${options.service}.${policy.name}`;
  const progress = createConsumerProgress(group, policy.source);
  const marks = createPolicyMarks(state, policy);
  const parking = createPolicyParking(state, policy, options.clock);
  const locks = createLaneLocks();
  const running: Running = {
    options,
    group,
    types: new Set(policy.types),
    progress,
    marks,
    parking,
    locks,
    closing: new AbortController(),
  };
  let subscription: Subscription | undefined;
  return {
    policy,
    progress,
    async start() {
      running.closing = new AbortController();
      await parking.load();
      await begin(running);
      subscription = await subscribe(running);
    },
    async stop() {
      running.closing.abort();
      await subscription?.stop();
      subscription = undefined;
      await marks.flush();
    },
    async release(thread) {
      let whole = 0;
      for (const { name, lane } of await parking.threads(thread)) {
        if (await locks.run(lane, () => parking.replay(name, (position) => replayOne(running, lane, position)))) whole += 1;
      }
      return whole;
    },
    parked: parking.count,
  };
};
