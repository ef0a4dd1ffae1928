/** Why an entry stands in an inbox; the words of the API. */
export type PersonalReason = 'mention' | 'reply' | 'answer_accepted' | 'comment' | 'approved' | 'declined' | 'invited' | 'role' | 'removed';
/** One row for many people, merged at read. */
export type GroupWideReason = 'announcement' | 'question' | 'post' | 'request' | 'taken_over';
export type Reason = PersonalReason | GroupWideReason;

/** An entry for one person: ids and a reason, never text. */
export interface EntryRow {
  readonly personId: string;
  readonly reason: PersonalReason;
  readonly groupId: string;
  /** Empty for what is about the group itself. */
  readonly postId: string;
  readonly commentId: string;
  /** Who caused it; empty for a policy of the system. */
  readonly actorId: string;
  readonly atMs: number;
  readonly lane: number;
  readonly position: number;
}

/** Found by person in order of time, by person and lane for a stream that resumes, and by place in the source's log. */
export const entryIndexes = {
  byPerson: (row: EntryRow) => [[row.personId, row.atMs, row.lane, row.position]],
  byPersonLane: (row: EntryRow) => [[row.personId, row.lane, row.position]],
  byPlace: (row: EntryRow) => [[row.lane, row.position, row.personId]],
};
