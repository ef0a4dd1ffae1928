import type { Reason } from '../views/entryRow.ts';

/** Services whose events make entries. */
export const INBOX_SOURCES = ['post', 'group'] as const;
export type InboxSource = (typeof INBOX_SOURCES)[number];

/** An entry of an inbox as merged from all that concerns one person. */
export interface Entry {
  readonly source: InboxSource;
  readonly reason: Reason;
  readonly groupId: string;
  readonly postId: string;
  readonly commentId: string;
  readonly actorId: string;
  readonly atMs: number;
  readonly lane: number;
  readonly position: number;
}

export type EntryPlace = Pick<Entry, 'source' | 'atMs' | 'lane' | 'position'>;

/** Below zero when a comes first: newest first, then by source, lane and position, so that the order is total. */
export const comparePlaces = (a: EntryPlace, b: EntryPlace): number => {
  if (a.atMs !== b.atMs) return b.atMs - a.atMs;
  if (a.source !== b.source) return a.source < b.source ? -1 : 1;
  return b.lane - a.lane || b.position - a.position;
};
