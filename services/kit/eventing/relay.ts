/**
 * Carries a log to the broker, a lane at a time: the log is the outbox. Records are read behind the checkpoint, published
 * in order, and the checkpoint moves once the broker has acknowledged them. After a crash records come twice, never not
 * at all, and since every relay publishes a contiguous run from an acknowledged place, first appearances are in order.
 *
 * Replicas: the checkpoint of a lane names its relay and moves by compare-and-set. The relay that starts last takes the
 * lanes; one that finds its lane taken stands by, and takes it again when the checkpoint has not moved for a lease.
 */
import type { Logger } from 'pino';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog } from '../ports/eventLog.ts';
import type { StateStore, StateTable } from '../ports/state.ts';
import { randomId } from '../runtime/ids.ts';
import { createBell } from './bell.ts';

/** Records handed to the broker at once. */
export const RELAY_BATCH = 500;
/** The relay of a lane shows at least this often that it is alive, */
export const RELAY_BEAT_MS = 2_000;
/** and one that has not shown it for so long, by the watcher's own clock, is replaced. */
export const RELAY_LEASE_MS = 6_000;
export const RELAY_BACKOFF_MS = { first: 100, most: 5_000 } as const;

export interface RelayOptions {
  readonly log: EventLog;
  readonly bus: Pick<Bus, 'publish'>;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Relay {
  /** Takes the lanes and begins; resolves once the lanes' loops run. */
  start(): Promise<void>;
  /** Finishes what is being published, leaves the lanes free for another relay, and ends. */
  stop(): Promise<void>;
  /** True when everything the log had when asked is with the broker; false also while another relay has a lane. */
  level(): Promise<boolean>;
}

/** Where a lane's relay has got to. `beat` grows with every sign of life. */
export interface Checkpoint {
  readonly position: number;
  /** Id of the relay that may move it; empty: nobody's. */
  readonly owner: string;
  readonly beat: number;
}

export const CHECKPOINTS = 'relay';
export const checkpointKey = (source: string, epoch: string, lane: number): string => `${source}/${epoch}/${lane}`;

export const createRelay = (options: RelayOptions): Relay => {
  const { log, state } = options;
  const owner = randomId();
  let lanes: LaneRelay[] = [];
  let silence: (() => void) | undefined;
  return {
    async start() {
      const { epoch, lanes: count } = await log.header();
      const table = state.table<Checkpoint>(CHECKPOINTS);
      lanes = Array.from({ length: count }, (_, lane) =>
        createLaneRelay({ ...options, owner, lane, table, key: checkpointKey(log.source, epoch, lane) }),
      );
      silence = log.onCommit((moved) => {
        for (const lane of moved) lanes[lane]?.ring();
      });
    },
    async stop() {
      silence?.();
      await Promise.all(lanes.map((lane) => lane.stop()));
    },
    async level() {
      const heads = await log.heads();
      return lanes.length > 0 && lanes.every((lane, index) => (lane.position() ?? -1) >= (heads[index] ?? 0));
    },
  };
};

interface LaneRelay {
  ring(): void;
  stop(): Promise<void>;
  /** Undefined while the lane is another relay's. */
  position(): number | undefined;
}

interface LaneOptions extends RelayOptions {
  readonly owner: string;
  readonly lane: number;
  readonly key: string;
  readonly table: StateTable<Checkpoint>;
}

const createLaneRelay = (options: LaneOptions): LaneRelay => {
  const { clock, logger, lane } = options;
  const bell = createBell(clock);
  const checkpoint = createOwnedCheckpoint(options);
  let stopped = false;
  let failures = 0;

  const step = async (): Promise<void> => {
    if (!checkpoint.owned()) {
      // Commits do not wake a relay that stands by: it only watches the one at work.
      if (!(await checkpoint.tryTake())) await bell.rest(RELAY_BEAT_MS);
      return;
    }
    if (await publishNext(options, checkpoint)) return;
    await bell.wait(RELAY_BEAT_MS);
    if (!stopped && checkpoint.owned()) await checkpoint.move(checkpoint.position());
  };

  const run = async (): Promise<void> => {
    while (!stopped) {
      try {
        await step();
        failures = 0;
      } catch (error) {
        failures += 1;
        const delayMs = Math.min(RELAY_BACKOFF_MS.first * 2 ** (failures - 1), RELAY_BACKOFF_MS.most);
        logger.warn({ err: error, lane, failures, delayMs }, 'the relay of a lane failed and will try again');
        await bell.rest(delayMs);
      }
    }
    await checkpoint
      .release()
      .catch((error: unknown) => logger.warn({ err: error, lane }, 'a lane was not released; its lease will run out'));
  };

  const running = run();
  return {
    ring: bell.ring,
    async stop() {
      stopped = true;
      bell.close();
      await running;
    },
    position: () => (checkpoint.owned() ? checkpoint.position() : undefined),
  };
};

/** False when there was nothing to publish. */
const publishNext = async ({ log, bus, lane, logger }: LaneOptions, checkpoint: OwnedCheckpoint): Promise<boolean> => {
  const records = await log.readLane(lane, { after: checkpoint.position(), limit: RELAY_BATCH });
  const last = records.at(-1);
  if (!last) return false;
  await bus.publish(log.source, lane, records);
  if (!(await checkpoint.move(last.position))) logger.warn({ lane, source: log.source }, 'another relay has taken the lane; standing by');
  return true;
};

const START: Checkpoint = { position: 0, owner: '', beat: 0 };

interface OwnedCheckpoint {
  owned(): boolean;
  position(): number;
  /** Takes the lane when this relay is new, when it is nobody's, or when its owner has not moved for a lease. */
  tryTake(): Promise<boolean>;
  /** Under the fence: false, and no longer owned, when another relay has taken the lane. */
  move(position: number): Promise<boolean>;
  release(): Promise<void>;
}

const createOwnedCheckpoint = ({ table, key, owner, clock }: LaneOptions): OwnedCheckpoint => {
  let held: Checkpoint | undefined;
  let position = 0;
  let seen: { checkpoint: Checkpoint; sinceMs: number } | undefined;

  const mayTake = (found: Checkpoint): boolean => {
    if (found.owner === '' || found.owner === owner || !seen) return true;
    const { checkpoint, sinceMs } = seen;
    const same = checkpoint.owner === found.owner && checkpoint.beat === found.beat;
    if (!same) seen = { checkpoint: found, sinceMs: clock.now().getTime() };
    return same && clock.now().getTime() - sinceMs >= RELAY_LEASE_MS;
  };

  const hold = (checkpoint: Checkpoint): void => {
    held = checkpoint;
    position = checkpoint.position;
  };

  const lose = (found: Checkpoint | undefined): void => {
    held = undefined;
    if (found) seen = { checkpoint: found, sinceMs: clock.now().getTime() };
  };

  return {
    owned: () => held !== undefined,
    position: () => position,
    async tryTake() {
      const found = (await table.get(key)) ?? START;
      if (found === START) await table.insert(key, START);
      if (!mayTake(found)) return false;
      const mine = { position: found.position, owner, beat: found.beat + 1 };
      if (await table.replace(key, found, mine)) hold(mine);
      else lose(await table.get(key));
      return held !== undefined;
    },
    async move(to) {
      if (!held) return false;
      const next = { position: to, owner, beat: held.beat + 1 };
      if (await table.replace(key, held, next)) hold(next);
      else lose(await table.get(key));
      return held !== undefined;
    },
    async release() {
      if (held) await table.replace(key, held, { ...held, owner: '', beat: held.beat + 1 });
      held = undefined;
    },
  };
};
