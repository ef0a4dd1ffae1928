import type { Clock } from '../ports/clock.ts';
import type { RecordedEvent } from '../ports/eventLog.ts';
import type { StateStore } from '../ports/state.ts';
import type { Policy } from '../runtime/service.ts';
import { threadOf } from '../runtime/streams.ts';

const PAGE = 1000;

interface HeldPosition {
  readonly thread: string;
  readonly lane: number;
  readonly position: number;
  readonly type: string;
  readonly reason: string;
  readonly sinceMs: number;
}

/** Threads whose events a policy could not handle: positions in the state store, in order, with the reason. */
export interface PolicyParking {
  load(): Promise<void>;
  has(thread: string): boolean;
  count(): number;
  hold(record: RecordedEvent, reason: string): Promise<void>;
  threads(only?: string): Promise<{ name: string; lane: number }[]>;
  /** Handles the held positions in order; a reason answered stops it there. @returns whether none is left. */
  replay(thread: string, handle: (position: number) => Promise<string | undefined>): Promise<boolean>;
}

export const createPolicyParking = (state: StateStore, policy: Policy, clock: Clock): PolicyParking => {
  const table = state.table<HeldPosition>('policyParked');
  const prefix = `${policy.name}|`;
  const keyOf = (thread: string, position: number): string => `${prefix}${thread}|${String(position).padStart(16, '0')}`;
  const parked = new Map<string, number>();

  const each = async (under: string, body: (key: string, held: HeldPosition) => Promise<boolean>): Promise<void> => {
    let after: string | undefined;
    for (;;) {
      const page = await table.range(under, { limit: PAGE, ...(after === undefined ? {} : { after }) });
      for (const { key, value } of page) if (!(await body(key, value))) return;
      if (page.length < PAGE) return;
      after = page.at(-1)?.key;
    }
  };

  return {
    async load() {
      parked.clear();
      await each(prefix, async (_key, held) => {
        parked.set(held.thread, held.lane);
        return true;
      });
    },
    has: (thread) => parked.has(thread),
    count: () => parked.size,
    async hold(record, reason) {
      const thread = threadOf(record.stream);
      const { lane, position, type } = record;
      await table.put(keyOf(thread, position), { thread, lane, position, type, reason, sinceMs: clock.now().getTime() });
      parked.set(thread, lane);
    },
    threads: async (only) => [...parked].filter(([name]) => only === undefined || name === only).map(([name, lane]) => ({ name, lane })),
    async replay(thread, handle) {
      let whole = true;
      await each(`${prefix}${thread}|`, async (key, held) => {
        const reason = await handle(held.position);
        if (reason === undefined) {
          await table.delete(key);
          return true;
        }
        await table.put(key, { ...held, reason });
        whole = false;
        return false;
      });
      if (whole) parked.delete(thread);
      return whole;
    },
  };
};
