/**
 * What a person has read: per source and lane the highest position, so that a late entry of a slow lane is never taken
 * for read; and entries marked one by one. State rows raised to a maximum: two devices never set each other back.
 */
import type { StateStore } from '@parvis/kit/ports/state.ts';
import { ruleBroken } from '@parvis/kit/runtime/errors.ts';
import { type Entry, INBOX_SOURCES, type InboxSource } from './entry.ts';
import type { LogPlace } from './entryId.ts';

export const WATERMARK_TABLES = {
  /** `P/source/lane` → position. */
  inbox: 'inboxWatermark',
  /** `P/all` → milliseconds: everything older than this by LATE_MS is read. */
  until: 'inboxReadUntil',
  /** `P/source/lane/position` → 1: read one by one. */
  single: 'inboxRead',
  /** `P/group` → position of the newest post read there. */
  group: 'groupWatermark',
} as const;

/** How late an entry may come into its view and still be unread below the time of the last "mark all". */
export const LATE_MS = 10 * 60_000;
/** Entries marked one by one and kept per person; the watermark clears those below it. */
export const SINGLE_MARKS = 2000;

/** Highest position seen per lane, by source. */
export type LaneVector = Readonly<Record<InboxSource, readonly number[]>>;

export interface ReadMarks {
  isRead(entry: Pick<Entry, 'source' | 'lane' | 'position' | 'atMs'>): boolean;
  /** Entries older than this are read without looking further; 0 when nothing was ever marked. */
  readonly doneBelowMs: number;
}

const placeKey = ({ source, lane, position }: LogPlace): string => `${source}/${lane}/${position}`;

export const loadReadMarks = async (state: StateStore, personId: string): Promise<ReadMarks> => {
  const prefix = `${personId}/`;
  const [vector, single, until] = await Promise.all([
    state.table<number>(WATERMARK_TABLES.inbox).range(prefix, { limit: 100 }),
    state.table<number>(WATERMARK_TABLES.single).range(prefix, { limit: SINGLE_MARKS }),
    state.table<number>(WATERMARK_TABLES.until).get(`${prefix}all`),
  ]);
  const positions = new Map(vector.map(({ key, value }) => [key.slice(prefix.length), value]));
  const marked = new Set(single.map(({ key }) => key.slice(prefix.length)));
  const doneBelowMs = until === undefined ? 0 : until - LATE_MS;
  return {
    doneBelowMs,
    isRead: (entry) =>
      entry.atMs < doneBelowMs || entry.position <= (positions.get(`${entry.source}/${entry.lane}`) ?? 0) || marked.has(placeKey(entry)),
  };
};

/** Raises the watermark of every lane; a lower one changes nothing. Clears single marks that it covers. */
export const raiseInbox = async (state: StateStore, personId: string, vector: LaneVector, atMs: number): Promise<void> => {
  const raises = INBOX_SOURCES.flatMap((source) =>
    vector[source].map((position, lane) => ({ key: `${personId}/${source}/${lane}`, position })).filter(({ position }) => position > 0),
  );
  await Promise.all(raises.map(({ key, position }) => state.raise(WATERMARK_TABLES.inbox, key, position)));
  await state.raise(WATERMARK_TABLES.until, `${personId}/all`, atMs);
  const table = state.table<number>(WATERMARK_TABLES.single);
  for (const { key } of await table.range(`${personId}/`, { limit: SINGLE_MARKS })) {
    const [, source, lane, position] = key.split('/');
    const below = Number(position) <= (vector[source as InboxSource]?.[Number(lane)] ?? 0);
    if (below) await table.delete(key);
  }
};

export const markSingle = async (state: StateStore, personId: string, places: readonly LogPlace[]): Promise<void> => {
  const table = state.table<number>(WATERMARK_TABLES.single);
  const present = await table.range(`${personId}/`, { limit: SINGLE_MARKS });
  if (present.length + places.length > SINGLE_MARKS) {
    throw ruleBroken('inbox.too-many-marks', 'too many entries are marked one by one: mark all as read first');
  }
  await Promise.all(places.map((place) => table.put(`${personId}/${placeKey(place)}`, 1)));
};

export const raiseGroup = (state: StateStore, personId: string, groupId: string, position: number): Promise<number> =>
  state.raise(WATERMARK_TABLES.group, `${personId}/${groupId}`, position);

export const loadGroupMarks = async (state: StateStore, personId: string): Promise<ReadonlyMap<string, number>> => {
  const prefix = `${personId}/`;
  const entries = await state.table<number>(WATERMARK_TABLES.group).range(prefix, { limit: 10_000 });
  return new Map(entries.map(({ key, value }) => [key.slice(prefix.length), value]));
};
