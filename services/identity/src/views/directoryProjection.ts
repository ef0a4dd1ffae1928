import type { InvitationEvent, PersonEvent } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { Projection, RowSet } from '@parvis/kit/eventing/projection.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';
import { type CountsRow, combinationKey, type DirectoryRow, directorySchema } from './directoryView.ts';

type PersonChange = NonNullable<PersonEvent['event']>;
type InvitationChange = NonNullable<InvitationEvent['event']>;

const SHOWN = ['givenName', 'familyName', 'displayName', 'title', 'photoFileId', 'department', 'site', 'managerId'] as const;

const registered = (id: string, { value }: Extract<PersonChange, { $case: 'personRegistered' }>): DirectoryRow => ({
  id,
  kind: value.kind,
  suspended: false,
  accepted: [],
  withdrawn: [],
  organisationId: value.organisationId,
  handle: value.handle,
  expiresAtMs: value.expiresAt?.getTime() ?? 0,
  givenName: value.profile?.givenName ?? '',
  familyName: value.profile?.familyName ?? '',
  displayName: value.profile?.displayName ?? '',
  title: value.profile?.title ?? '',
  photoFileId: value.profile?.photoFileId ?? '',
  department: value.profile?.department ?? '',
  site: value.profile?.site ?? '',
  managerId: value.profile?.managerId ?? '',
});

/** The row after the event; undefined: the person is no longer listed. */
const rowAfter = (id: string, row: DirectoryRow | undefined, event: PersonChange): DirectoryRow | undefined => {
  if (event.$case === 'personRegistered') return registered(id, event);
  if (!row) return undefined;
  switch (event.$case) {
    case 'personProfileChanged': {
      const next: Record<string, unknown> = { ...row };
      for (const name of SHOWN) next[name] = event.value.profile?.[name] ?? row[name];
      return next as unknown as DirectoryRow;
    }
    case 'personHandleChanged':
      return { ...row, handle: event.value.handle };
    case 'personSuspended':
      return { ...row, suspended: true };
    case 'personReactivated':
      return { ...row, suspended: false };
    case 'personExpiryChanged':
      return { ...row, expiresAtMs: event.value.expiresAt?.getTime() ?? 0 };
    case 'personErased':
    case 'personAbandoned':
      return undefined;
    case 'personEmailChanged':
    case 'personRolesChanged':
    case 'personAccountLinked':
    case 'personAccountUnlinked':
    case 'personSponsorChanged':
    case 'personClaimLost':
      return row;
    default:
      return event satisfies never;
  }
};

const rowAfterInvitation = (row: DirectoryRow, invitation: string, event: InvitationChange): DirectoryRow => {
  switch (event.$case) {
    case 'invitationIssued':
      return row;
    case 'invitationAccepted':
      return { ...row, accepted: [...row.accepted, invitation] };
    case 'invitationRevoked':
      return { ...row, withdrawn: [...row.withdrawn, invitation] };
    default:
      return event satisfies never;
  }
};

const recount = (lane: number, before: DirectoryRow | undefined, after: DirectoryRow | undefined, rows: RowSet): void => {
  const less = before && combinationKey(before);
  const more = after && combinationKey(after);
  if (less === more) return;
  const counts = { ...rows.get<CountsRow>('counts', String(lane))?.counts };
  if (less !== undefined) {
    const left = (counts[less] ?? 0) - 1;
    if (left > 0) counts[less] = left;
    else delete counts[less];
  }
  if (more !== undefined) counts[more] = (counts[more] ?? 0) + 1;
  rows.put<CountsRow>('counts', String(lane), { counts });
};

const apply = (decoded: DecodedEvent, rows: RowSet): void => {
  const { personId, invitationId } = idsOfStream(decoded.stream);
  if (!decoded.event || personId === undefined) return;
  const before = rows.get<DirectoryRow>('people', personId);
  const after =
    invitationId === undefined
      ? rowAfter(personId, before, decoded.event as PersonChange)
      : before && rowAfterInvitation(before, invitationId, decoded.event as InvitationChange);
  if (after === before) return;
  if (after) rows.put('people', personId, after);
  else rows.delete('people', personId);
  recount(decoded.lane, before, after, rows);
};

/** Rows are opened texts: the event that erases a person deletes theirs. */
export const directoryProjection: Projection = {
  schema: directorySchema,
  source: 'identity',
  personal: 'opened',
  keys({ stream, lane }) {
    const { personId } = idsOfStream(stream);
    if (personId === undefined) return [];
    return [
      { collection: 'people', key: personId },
      { collection: 'counts', key: String(lane) },
    ];
  },
  apply,
};
