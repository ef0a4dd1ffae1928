import type { NetworkSettingsChanged, OrganisationEvent } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { Projection, RowSet } from '@parvis/kit/eventing/projection.ts';
import { type OrganisationRow, organisationsSchema, type SettingsRow } from './organisationView.ts';

type OrganisationChange = NonNullable<OrganisationEvent['event']>;

const idOf = (stream: string): string | undefined => /^organisation\/([^/]+)$/.exec(stream)?.[1];

const settingsAfter = (row: SettingsRow | undefined, change: NetworkSettingsChanged): SettingsRow => ({
  ...row,
  ...(change.networkName === undefined ? {} : { networkName: change.networkName }),
  ...(change.logoFileId === undefined ? {} : { logoFileId: change.logoFileId }),
  ...(change.primaryColour === undefined ? {} : { primaryColour: change.primaryColour }),
  ...(change.defaultLanguage === undefined ? {} : { defaultLanguage: change.defaultLanguage }),
  ...(change.managedAttributes === undefined ? {} : { managedAttributes: change.managedAttributes.names }),
  ...(change.groupCreation === undefined ? {} : { groupCreation: change.groupCreation }),
});

const changeOf = (row: OrganisationRow, event: OrganisationChange): Partial<OrganisationRow> => {
  switch (event.$case) {
    case 'organisationRegistered': {
      const { name, host, sponsorId, expiresAt, domains } = event.value;
      return { name, host, sponsorId, expiresAtMs: expiresAt?.getTime() ?? 0, domains, state: 'active' };
    }
    case 'organisationChanged': {
      const { name, sponsorId, expiresAt, domains, domainsSet } = event.value;
      return {
        name: name ?? row.name,
        sponsorId: sponsorId ?? row.sponsorId,
        expiresAtMs: expiresAt?.getTime() ?? row.expiresAtMs,
        domains: domainsSet ? domains : row.domains,
      };
    }
    case 'organisationSuspended':
      return { state: 'suspended' };
    case 'organisationReactivated':
      return { state: 'active' };
    case 'organisationEnded':
      return { state: 'ended' };
    case 'networkSettingsChanged':
      return {};
    default:
      return event satisfies never;
  }
};

const NEW_ROW = { name: '', host: false, sponsorId: '', expiresAtMs: 0, domains: [], state: 'active' } as const;

const apply = (decoded: DecodedEvent, rows: RowSet): void => {
  const id = idOf(decoded.stream);
  if (id === undefined || !decoded.event) return;
  const event = decoded.event as OrganisationChange;
  const row = rows.get<OrganisationRow>('organisations', id) ?? { ...NEW_ROW, id, version: 0 };
  rows.put<OrganisationRow>('organisations', id, { ...row, ...changeOf(row, event), version: decoded.version });
  if (event.$case === 'networkSettingsChanged') {
    rows.put<SettingsRow>('settings', id, settingsAfter(rows.get<SettingsRow>('settings', id), event.value));
  }
};

export const organisationProjection: Projection = {
  schema: organisationsSchema,
  source: 'identity',
  personal: 'sealed',
  keys: ({ stream }) => {
    const key = idOf(stream);
    return key === undefined
      ? []
      : [
          { collection: 'organisations', key },
          { collection: 'settings', key },
        ];
  },
  apply,
};
