import { type PersonEvent, PersonKind, type Profile } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { Projection, RowSet } from '@parvis/kit/eventing/projection.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';
import { PEOPLE, type PersonRow, PLAIN_ATTRIBUTES, peopleSchema, SEALED_ATTRIBUTES } from './personView.ts';

type PersonChange = NonNullable<PersonEvent['event']>;
type RowProfile = PersonRow['profile'];

/** True for a stream `person/P`, and not for one of its invitations. */
export const isPersonStream = (stream: string): boolean => /^person\/[^/]+$/.test(stream);

export const changedProfile = (profile: RowProfile, change: Profile | undefined): RowProfile => {
  if (!change) return profile;
  const next: Record<string, string | readonly string[]> = { ...profile };
  for (const name of [...SEALED_ATTRIBUTES, ...PLAIN_ATTRIBUTES]) {
    const text = change[name];
    if (text !== undefined) next[name] = text;
  }
  if (change.languagesSet) next.languages = change.languages;
  return next as RowProfile;
};

export const NO_PROFILE: RowProfile = {
  givenName: '',
  familyName: '',
  displayName: '',
  title: '',
  about: '',
  photoFileId: '',
  department: '',
  site: '',
  managerId: '',
  language: '',
  languages: [],
};

const NEW_ROW: Omit<PersonRow, 'id' | 'version'> = {
  kind: PersonKind.UNSPECIFIED,
  status: 'active',
  organisationId: '',
  roles: [],
  sponsorId: '',
  expiresAtMs: 0,
  profile: NO_PROFILE,
  email: '',
  handle: '',
  accounts: [],
};

/** What the event changes of the row; undefined: nothing a reader sees. */
const changeOf = (row: Omit<PersonRow, 'id' | 'version'>, event: PersonChange): Partial<PersonRow> | undefined => {
  switch (event.$case) {
    case 'personRegistered': {
      const { kind, organisationId, roles, sponsorId, expiresAt, profile, email, handle } = event.value;
      return {
        kind,
        organisationId,
        roles,
        sponsorId,
        expiresAtMs: expiresAt?.getTime() ?? 0,
        profile: changedProfile(NO_PROFILE, profile),
        email,
        handle,
      };
    }
    case 'personProfileChanged':
      return { profile: changedProfile(row.profile, event.value.profile) };
    case 'personEmailChanged':
      return { email: event.value.email };
    case 'personHandleChanged':
      return { handle: event.value.handle };
    case 'personRolesChanged':
      return { roles: event.value.roles };
    case 'personSuspended':
      return { status: 'suspended' };
    case 'personReactivated':
      return { status: 'active' };
    case 'personErased':
      // What is left says only that somebody was here.
      return { status: 'erased', roles: [], profile: NO_PROFILE, email: '', handle: '', accounts: [] };
    case 'personAccountLinked': {
      const { issuer, subject } = event.value;
      return { accounts: [...row.accounts, { issuer, subject }] };
    }
    case 'personAccountUnlinked': {
      const { issuer, subject } = event.value;
      return { accounts: row.accounts.filter((account) => account.issuer !== issuer || account.subject !== subject) };
    }
    case 'personSponsorChanged':
      return { sponsorId: event.value.sponsorId };
    case 'personExpiryChanged':
      return { expiresAtMs: event.value.expiresAt?.getTime() ?? 0 };
    case 'personClaimLost':
      return {};
    case 'personAbandoned':
      return undefined;
    default:
      return event satisfies never;
  }
};

const apply = (decoded: DecodedEvent, rows: RowSet): void => {
  const { personId } = idsOfStream(decoded.stream);
  if (personId === undefined || !decoded.event || !isPersonStream(decoded.stream)) return;
  const event = decoded.event as PersonChange;
  const row = event.$case === 'personRegistered' ? NEW_ROW : rows.get<PersonRow>('people', personId);
  const change = row && changeOf(row, event);
  if (row && change) rows.put<PersonRow>('people', personId, { ...row, ...change, id: personId, version: decoded.version });
};

export const personProjection: Projection = {
  schema: peopleSchema,
  source: 'identity',
  personal: 'sealed',
  keys: ({ stream }) => (isPersonStream(stream) ? [{ collection: PEOPLE, key: stream.slice('person/'.length) }] : []),
  apply,
};
