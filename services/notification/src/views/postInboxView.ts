/** What posts and comments give to inboxes: entries, items with their state, threads with their participants. */
import type { PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { PostKind as Kind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { ViewSchema } from '@parvis/kit/ports/views.ts';
import { entryIndexes } from './entryRow.ts';

export type ItemState = 'visible' | 'hidden' | 'deleted';

/** A post or a comment. A group's posts lie in one lane, so positions order them. */
export interface ItemRow {
  readonly id: string;
  readonly postId: string;
  readonly groupId: string;
  readonly authorId: string;
  /** 0 for a comment. */
  readonly kind: PostKind;
  readonly state: ItemState;
  /** Who is mentioned now: an edit notifies only those it adds. */
  readonly mentions: readonly string[];
  readonly atMs: number;
  readonly lane: number;
  readonly position: number;
  /** Position of the event that holds the present text: mail reads it there, at send. */
  readonly textPosition: number;
  /** Of a question; empty: none. */
  readonly acceptedCommentId: string;
  /** Imported with an older date: told to nobody and never unread. */
  readonly imported: boolean;
}

/** Who follows a thread by taking part in it, latest last. */
export interface ThreadRow {
  readonly postId: string;
  readonly participants: readonly string[];
}

/** When a group's newest post came, and its newest that asks for attention: a lazy merge opens only groups with something as new. */
export interface GroupHeadRow {
  readonly groupId: string;
  readonly atMs: number;
  /** 0: none. */
  readonly askingAtMs: number;
  /** Of the newest post; the group's lane is that of every post in it. */
  readonly position: number;
}

/** Kinds of which a group tells its members unless they want none: announcements and questions. */
export const asksForAttention = (kind: PostKind): boolean => kind === Kind.ANNOUNCEMENT || kind === Kind.QUESTION;

/** A comment writes one row per participant; beyond this many only those who commented last are told. */
export const THREAD_PARTICIPANTS = 200;

const isPost = (row: ItemRow): boolean => row.id === row.postId;

export const postInboxSchema: ViewSchema = {
  name: 'postInbox',
  version: 1,
  collections: {
    entries: { indexes: entryIndexes },
    items: {
      indexes: {
        posts: (row: ItemRow) => (isPost(row) && !row.imported ? [[row.groupId, row.atMs, row.position]] : []),
        asking: (row: ItemRow) =>
          isPost(row) && !row.imported && asksForAttention(row.kind) ? [[row.groupId, row.atMs, row.position]] : [],
        comments: (row: ItemRow) => (isPost(row) || row.imported ? [] : [[row.postId, row.atMs, row.position]]),
      },
    },
    threads: { indexes: {} },
    heads: { indexes: {} },
  },
};
