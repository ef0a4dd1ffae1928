import { LANE_COUNT } from '../ports/eventLog.ts';
import type { StateStore } from '../ports/state.ts';
import type { Policy } from '../runtime/service.ts';

/** Passed events that meant nothing to the policy cost no write: their mark is saved when this many have passed. */
export const LAZY_MARK = 1000;

interface StoredMark {
  readonly epoch: string;
  readonly position: number;
}

/** How far a policy has come, per lane, in the state store. */
export interface PolicyMarks {
  /** Positions to begin from, by lane; written at once for a policy that begins at the head. */
  load(epoch: string, heads: readonly number[]): Promise<number[]>;
  save(epoch: string, lane: number, position: number): Promise<void>;
  /** Saves when enough has passed since the last save. */
  settle(epoch: string, lane: number, position: number): Promise<void>;
  /** Saves what has passed. */
  flush(): Promise<void>;
}

/**
 * After a restore the history has a new epoch and is a prefix of the old one: the old mark still says what was done, as
 * far as the restored history goes.
 */
const resume = (stored: StoredMark, epoch: string, head: number): number =>
  stored.epoch === epoch ? stored.position : Math.min(stored.position, head);

export const createPolicyMarks = (state: StateStore, policy: Policy): PolicyMarks => {
  const table = state.table<StoredMark>('policyMarks');
  const keyOf = (lane: number): string => `${policy.name}/${policy.source}/${lane}`;
  const saved = new Map<number, number>();
  const unsaved = new Map<number, StoredMark>();
  const save = async (epoch: string, lane: number, position: number): Promise<void> => {
    await table.put(keyOf(lane), { epoch, position });
    saved.set(lane, position);
    unsaved.delete(lane);
  };
  return {
    save,
    async load(epoch, heads) {
      const positions: number[] = [];
      for (let lane = 0; lane < LANE_COUNT; lane++) {
        const head = heads[lane] ?? 0;
        const stored = await table.get(keyOf(lane));
        const from = policy.begin === 'head' ? head : 0;
        const position = stored === undefined ? from : resume(stored, epoch, head);
        if (stored?.epoch !== epoch || stored.position !== position) await save(epoch, lane, position);
        saved.set(lane, position);
        positions.push(position);
      }
      return positions;
    },
    async settle(epoch, lane, position) {
      if (position === saved.get(lane)) return;
      if (position - (saved.get(lane) ?? 0) >= LAZY_MARK) await save(epoch, lane, position);
      else unsaved.set(lane, { epoch, position });
    },
    async flush() {
      for (const [lane, mark] of [...unsaved]) await save(mark.epoch, lane, mark.position);
    },
  };
};
