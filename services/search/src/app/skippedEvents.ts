/** Events that can't be indexed: kept by their place, so that an operator sees how many and why. A rebuild tries them again. */
import type { RecordedEvent } from '@parvis/kit/ports/eventLog.ts';
import type { StateStore } from '@parvis/kit/ports/state.ts';

/** Most that are counted. */
export const COUNTED_SKIPPED = 1_000;

export interface SkippedEvents {
  note(source: string, record: RecordedEvent, reason: string): Promise<void>;
  count(source: string): number;
  /** The first reason of a source; empty when nothing was skipped. */
  reason(source: string): string;
  load(): Promise<void>;
  clear(): Promise<void>;
}

interface Skipped {
  readonly source: string;
  readonly reason: string;
}

export const createSkippedEvents = (state: StateStore): SkippedEvents => {
  const table = state.table<Skipped>('skippedEvents');
  let known = new Map<string, Skipped>();
  return {
    async note(source, { epoch, lane, position }, reason) {
      const key = `${source}/${epoch}/${lane}/${position}`;
      await table.put(key, { source, reason });
      if (known.size < COUNTED_SKIPPED) known.set(key, { source, reason });
    },
    count: (source) => [...known.values()].filter((entry) => entry.source === source).length,
    reason: (source) => [...known.values()].find((entry) => entry.source === source)?.reason ?? '',
    async load() {
      known = new Map((await table.range('', { limit: COUNTED_SKIPPED })).map(({ key, value }) => [key, value]));
    },
    async clear() {
      for (;;) {
        const entries = await table.range('', { limit: COUNTED_SKIPPED });
        for (const { key } of entries) await table.delete(key);
        if (entries.length < COUNTED_SKIPPED) break;
      }
      known = new Map();
    },
  };
};
