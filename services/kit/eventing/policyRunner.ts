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
import { createLaneLocks } from './consumerLanes.ts';
import { type ConsumerProgress, createConsumerProgress } from './consumerProgress.ts';
import { createPolicyMarks } from './policyMarks.ts';
import { createPolicyParking } from './policyParking.ts';

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

/**
 * Calls a policy for each event of its types, in the order of the lane, at least once: the ids the policy derives from
 * the event make the effect happen once. Marks are kept in the state store, for no log could rebuild them.
 */
export const createPolicyRunner = (options: PolicyRunnerOptions): PolicyRunner => {
  const { policy, bus, codec, clock, logger } = options;
  const group = `${options.service}.${policy.name}`;
  const progress = createConsumerProgress(group, policy.source);
  const marks = createPolicyMarks(options.state, policy);
  const parking = createPolicyParking(options.state, policy, clock);
  const locks = createLaneLocks();
  const types = new Set(policy.types);
  let subscription: Subscription | undefined;
  let closing = new AbortController();

  const handle = async (record: RecordedEvent): Promise<void> => {
    const [event] = await codec.open(policy.source, [record]);
    if (event?.event !== undefined) await policy.handle(event);
  };

  /** The reason it fails for good; undefined when it was handled. @throws what passes by itself: the lane waits. */
  const tryHandle = async (record: RecordedEvent): Promise<string | undefined> => {
    for (let attempt = 0; ; attempt++) {
      try {
        await handle(record);
        return undefined;
      } catch (error) {
        if (isTransient(error)) throw error;
        if (closing.signal.aborted) throw unavailable('stopping', 'the policy is being stopped');
        const delayMs = isParvisError(error) ? undefined : POLICY_RETRY_MS[attempt];
        if (delayMs === undefined) {
          const about = { err: error, policy: group, lane: record.lane, position: record.position, type: record.type, alert: true };
          logger.error(about, 'a policy parks a thread');
          return reasonOf(error);
        }
        await pause(clock, delayMs, closing.signal);
      }
    }
  };

  const takeOne = async (record: RecordedEvent): Promise<boolean> => {
    if (!types.has(record.type)) return false;
    if (parking.has(threadOf(record.stream))) {
      await parking.hold(record, '');
    } else {
      const reason = await tryHandle(record);
      if (reason !== undefined) await parking.hold(record, reason);
    }
    return true;
  };

  const onBatch = async (lane: number, records: readonly RecordedEvent[]): Promise<void> => {
    let mark = progress.position(lane);
    for (const record of records) {
      // An older history: what a restore left behind on the bus.
      if (record.epoch !== progress.epoch() || record.position <= mark) continue;
      const acted = await takeOne(record);
      mark = record.position;
      if (acted) await marks.save(record.epoch, lane, mark);
      progress.moved(lane, mark);
    }
    await marks.settle(progress.epoch(), lane, mark);
  };

  const begin = async (): Promise<void> => {
    const { epoch, heads } = await bus.heads(policy.source);
    progress.begin(epoch, await marks.load(epoch, heads));
  };

  return {
    policy,
    progress,
    async start() {
      closing = new AbortController();
      await parking.load();
      await begin();
      subscription = await bus.subscribe({
        source: policy.source,
        kind: 'shared',
        group,
        batchLimit: POLICY_BATCH,
        async from(lane, epoch) {
          if (epoch !== progress.epoch()) await begin();
          return progress.position(lane);
        },
        onBatch: (lane, records) => locks.run(lane, () => onBatch(lane, records)),
      });
    },
    async stop() {
      closing.abort();
      await subscription?.stop();
      subscription = undefined;
      await marks.flush();
    },
    async release(thread) {
      let whole = 0;
      for (const { name, lane } of await parking.threads(thread)) {
        const done = await locks.run(lane, () =>
          parking.replay(name, async (position) => {
            const [record] = await bus.readLane(policy.source, lane, { after: position - 1, limit: 1 });
            if (record?.position !== position) throw unavailable('lane-gap', `lane ${lane} of ${policy.source}: no record at ${position}`);
            return tryHandle(record);
          }),
        );
        if (done) whole += 1;
      }
      return whole;
    },
    parked: parking.count,
  };
};
