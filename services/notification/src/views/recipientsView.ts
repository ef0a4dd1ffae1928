/** Where mail goes and in which language. Addresses and names stay sealed: they are opened at send, or not any more. */
import type { OrganisationEvent, PersonEvent } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { Projection, RowSet } from '@parvis/kit/eventing/projection.ts';
import type { ViewSchema } from '@parvis/kit/ports/views.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';

export interface RecipientRow {
  readonly personId: string;
  /** Sealed under the person's who-key, as the three names below. */
  readonly email: string;
  readonly displayName: string;
  readonly givenName: string;
  readonly familyName: string;
  /** `fr`, `en` or empty: the network's. */
  readonly language: string;
}

export interface NetworkRow {
  readonly name: string;
  readonly language: string;
}

export const recipientsSchema: ViewSchema = {
  name: 'recipients',
  version: 1,
  collections: {
    people: { indexes: { byId: (row: RecipientRow) => [[row.personId]] } },
    network: { indexes: {} },
  },
};

export const NETWORK_KEY = 'network';

type PersonStreamEvent = NonNullable<PersonEvent['event']>;
type OrganisationStreamEvent = NonNullable<OrganisationEvent['event']>;

const withProfile = (row: RecipientRow, profile: Extract<PersonStreamEvent, { $case: 'personRegistered' }>['value']['profile']) => ({
  ...row,
  displayName: profile?.displayName ?? row.displayName,
  givenName: profile?.givenName ?? row.givenName,
  familyName: profile?.familyName ?? row.familyName,
  language: profile?.language ?? row.language,
});

const nobody = { email: '', displayName: '', givenName: '', familyName: '', language: '' };

const applyPerson = (event: PersonStreamEvent, personId: string, rows: RowSet): void => {
  const before = rows.get<RecipientRow>('people', personId);
  if (event.$case === 'personRegistered') {
    const { email, profile } = event.value;
    rows.put<RecipientRow>('people', personId, withProfile({ ...nobody, personId, email }, profile));
  } else if (event.$case === 'personErased' || event.$case === 'personAbandoned') {
    rows.delete('people', personId);
  } else if (before !== undefined && event.$case === 'personProfileChanged') {
    rows.put<RecipientRow>('people', personId, withProfile(before, event.value.profile));
  } else if (before !== undefined && event.$case === 'personEmailChanged') {
    rows.put<RecipientRow>('people', personId, { ...before, email: event.value.email });
  }
};

const applyOrganisation = (event: OrganisationStreamEvent, rows: RowSet): void => {
  if (event.$case !== 'networkSettingsChanged') return;
  const before = rows.get<NetworkRow>('network', NETWORK_KEY);
  const { networkName, defaultLanguage } = event.value;
  rows.put<NetworkRow>('network', NETWORK_KEY, {
    name: networkName ?? before?.name ?? '',
    language: defaultLanguage ?? before?.language ?? '',
  });
};

export const recipientsProjection: Projection = {
  schema: recipientsSchema,
  source: 'identity',
  personal: 'sealed',
  keys({ stream, event }) {
    if (/^person\/[^/]+$/.test(stream)) return [{ collection: 'people', key: stream.slice('person/'.length) }];
    return event?.$case === 'networkSettingsChanged' ? [{ collection: 'network', key: NETWORK_KEY }] : [];
  },
  apply({ stream, event }, rows) {
    if (event === undefined) return;
    const { personId, organisationId } = idsOfStream(stream);
    if (organisationId !== undefined) applyOrganisation(event as OrganisationStreamEvent, rows);
    else if (personId !== undefined && /^person\/[^/]+$/.test(stream)) applyPerson(event as PersonStreamEvent, personId, rows);
  },
};
