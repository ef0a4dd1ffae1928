/** What groups and memberships give to inboxes. */
import type { ViewSchema } from '@parvis/kit/ports/views.ts';
import { entryIndexes, type GroupWideReason } from './entryRow.ts';

/** One row for everyone of a group, or for those who moderate it; merged at read. */
export interface GroupWideRow {
  readonly groupId: string;
  readonly audience: 'members' | 'moderators';
  readonly reason: Extract<GroupWideReason, 'request' | 'taken_over'>;
  readonly actorId: string;
  readonly atMs: number;
  readonly lane: number;
  readonly position: number;
}

export interface GroupNameRow {
  readonly id: string;
  readonly name: string;
  /** When its members, and those who moderate it, were last told something; 0: never. */
  readonly membersAtMs: number;
  readonly moderatorsAtMs: number;
}

/** A member of now, and since when: what was told to the whole group before is no news to them. */
export interface SinceRow {
  readonly groupId: string;
  readonly personId: string;
  readonly sinceMs: number;
}

export const sinceKey = (groupId: string, personId: string): string => `${groupId}/${personId}`;

export const groupInboxSchema: ViewSchema = {
  name: 'groupInbox',
  version: 1,
  collections: {
    entries: { indexes: entryIndexes },
    groupWide: { indexes: { byGroup: (row: GroupWideRow) => [[row.groupId, row.audience, row.atMs, row.position]] } },
    groups: { indexes: {} },
    members: { indexes: {} },
  },
};
