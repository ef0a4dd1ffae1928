import type { PersonFacts, PersonRole } from '@parvis/access/src/facts.ts';
import {
  type InvitationEvent,
  type OrganisationEvent,
  type PersonEvent,
  PersonKind,
  PersonRole as WireRole,
} from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { familyOfStream } from '@parvis/contracts/src/registry.ts';
import type { DecodedEvent } from '../eventing/decodedEvent.ts';
import type { Projection, RowRef, RowSet } from '../eventing/projection.ts';
import { idsOfStream } from '../runtime/ids.ts';
import { type AccountFactRow, accountKey, factsSchema, type OrganisationFactRow, type PersonFactRow } from './factRows.ts';

type PersonCase = NonNullable<PersonEvent['event']>;
type InvitationCase = NonNullable<InvitationEvent['event']>;
type OrganisationCase = NonNullable<OrganisationEvent['event']>;

const unknownPerson = (id: string): PersonFactRow => ({
  id,
  kind: 'employee',
  registered: false,
  suspended: false,
  inactiveSinceMs: null,
  erased: false,
  abandoned: false,
  arrived: false,
  roles: [],
  organisationId: '',
  sponsorId: '',
  expiresAtMs: null,
  accepted: [],
  revoked: [],
});

/** Milliseconds of an optional date. */
const msOf = (date: Date | undefined): number | null => date?.getTime() ?? null;

const rolesOf = (roles: readonly WireRole[]): PersonRole[] => {
  const names: PersonRole[] = ['member'];
  if (roles.includes(WireRole.MODERATOR)) names.push('moderator');
  if (roles.includes(WireRole.ADMINISTRATOR)) names.push('administrator');
  return names;
};

/** The person after one of their events; account links are rows of their own. */
const evolvePerson = (row: PersonFactRow, event: PersonCase, atMs: number): PersonFactRow => {
  switch (event.$case) {
    case 'personRegistered':
      return {
        ...row,
        kind: event.value.kind === PersonKind.PARTNER ? 'partner' : 'employee',
        registered: true,
        roles: rolesOf(event.value.roles),
        organisationId: event.value.organisationId,
        sponsorId: event.value.sponsorId,
        expiresAtMs: msOf(event.value.expiresAt),
      };
    case 'personRolesChanged':
      return { ...row, roles: rolesOf(event.value.roles) };
    case 'personSuspended':
      return { ...row, suspended: true, inactiveSinceMs: row.inactiveSinceMs ?? atMs };
    case 'personReactivated':
      return { ...row, suspended: false, inactiveSinceMs: row.erased ? row.inactiveSinceMs : null };
    case 'personErased':
      return { ...row, erased: true, inactiveSinceMs: row.inactiveSinceMs ?? atMs };
    case 'personAbandoned':
      return { ...row, abandoned: true };
    case 'personAccountLinked':
      return { ...row, arrived: true };
    case 'personSponsorChanged':
      return { ...row, sponsorId: event.value.sponsorId };
    case 'personExpiryChanged':
      return { ...row, expiresAtMs: msOf(event.value.expiresAt) };
    case 'personProfileChanged':
    case 'personEmailChanged':
    case 'personHandleChanged':
    case 'personAccountUnlinked':
    case 'personClaimLost':
      return row;
    default:
      return event satisfies never;
  }
};

const evolveInvitation = (row: PersonFactRow, invitationId: string, event: InvitationCase): PersonFactRow => {
  switch (event.$case) {
    case 'invitationIssued':
      return row;
    case 'invitationAccepted':
      return { ...row, arrived: true, accepted: [...new Set([...row.accepted, invitationId])] };
    case 'invitationRevoked':
      return { ...row, revoked: [...new Set([...row.revoked, invitationId])] };
    default:
      return event satisfies never;
  }
};

const evolveOrganisation = (row: OrganisationFactRow | undefined, id: string, event: OrganisationCase): OrganisationFactRow | undefined => {
  if (event.$case === 'organisationRegistered') {
    const { host, sponsorId, expiresAt } = event.value;
    return { id, host, state: 'active', sponsorId, expiresAtMs: msOf(expiresAt) };
  }
  if (row === undefined) return undefined;
  switch (event.$case) {
    case 'organisationChanged':
      return {
        ...row,
        sponsorId: event.value.sponsorId ?? row.sponsorId,
        expiresAtMs: event.value.expiresAt === undefined ? row.expiresAtMs : msOf(event.value.expiresAt),
      };
    case 'organisationSuspended':
      return { ...row, state: 'suspended' };
    case 'organisationReactivated':
      return { ...row, state: 'active' };
    case 'organisationEnded':
      return { ...row, state: 'ended' };
    case 'networkSettingsChanged':
      return row;
    default:
      return event satisfies never;
  }
};

const linkAccount = (event: PersonCase, personId: string, rows: RowSet): void => {
  if (event.$case !== 'personAccountLinked' && event.$case !== 'personAccountUnlinked') return;
  const { issuer, subject } = event.value;
  const key = accountKey(issuer, subject, personId);
  if (event.$case === 'personAccountUnlinked') rows.delete('accounts', key);
  else rows.put<AccountFactRow>('accounts', key, { issuer, subject, personId });
};

const putPerson = (rows: RowSet, personId: string, change: (row: PersonFactRow) => PersonFactRow): void => {
  const row = rows.get<PersonFactRow>('persons', personId) ?? unknownPerson(personId);
  const next = change(row);
  if (next !== row) rows.put('persons', personId, next);
};

const apply = (event: DecodedEvent, rows: RowSet): void => {
  const { personId, organisationId, invitationId } = idsOfStream(event.stream);
  const family = familyOfStream(event.stream)?.name;
  if (family === 'parvis.identity.v1.PersonEvent' && personId !== undefined) {
    const change = event.event as PersonCase;
    putPerson(rows, personId, (row) => evolvePerson(row, change, event.at.getTime()));
    linkAccount(change, personId, rows);
  } else if (family === 'parvis.identity.v1.InvitationEvent' && personId !== undefined && invitationId !== undefined) {
    putPerson(rows, personId, (row) => evolveInvitation(row, invitationId, event.event as InvitationCase));
  } else if (family === 'parvis.identity.v1.OrganisationEvent' && organisationId !== undefined) {
    const row = rows.get<OrganisationFactRow>('organisations', organisationId);
    const next = evolveOrganisation(row, organisationId, event.event as OrganisationCase);
    if (next !== undefined && next !== row) rows.put('organisations', organisationId, next);
  }
};

/** Persons, their accounts, and organisations, from identity's events. */
export const personFactsProjection: Projection = {
  schema: factsSchema,
  source: 'identity',
  personal: 'sealed',
  keys(event): readonly RowRef[] {
    const { personId, organisationId } = idsOfStream(event.stream);
    if (personId !== undefined) return [{ collection: 'persons', key: personId }];
    return organisationId === undefined ? [] : [{ collection: 'organisations', key: organisationId }];
  },
  apply,
};

const statusOf = (row: PersonFactRow): PersonFacts['status'] => {
  if (row.abandoned) return 'abandoned';
  if (row.erased) return 'erased';
  if (row.suspended) return 'suspended';
  if (row.kind === 'employee') return 'active';
  if (!row.arrived) return 'invited';
  // Who came by an invitation loses access with it; another accepted one still holds.
  const ended = row.accepted.length > 0 && row.accepted.every((id) => row.revoked.includes(id));
  return ended ? 'suspended' : 'active';
};

/** Undefined for a person who was not registered (yet), unless their name was taken over. */
export const personFactsOf = (row: PersonFactRow | undefined): PersonFacts | undefined =>
  row === undefined || !(row.registered || row.abandoned)
    ? undefined
    : {
        id: row.id,
        kind: row.kind,
        status: statusOf(row),
        roles: row.roles,
        organisationId: row.organisationId,
        sponsorId: row.sponsorId,
        ...(row.expiresAtMs === null ? {} : { expiresAtMs: row.expiresAtMs }),
        ...(row.inactiveSinceMs === null ? {} : { inactiveSinceMs: row.inactiveSinceMs }),
      };
