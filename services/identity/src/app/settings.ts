import type { NetworkSettings } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import { organisationDecider } from '../domain/organisation.ts';
import { DEFAULT_MANAGED } from '../domain/profileAttributes.ts';
import { HOST_ORGANISATION_ID, type Identity, loadState, organisationStream } from './identity.ts';

/** What holds until an administrator says otherwise. */
export const DEFAULT_SETTINGS = {
  networkName: 'Parvis',
  primaryColour: '#1f5f5b',
  defaultLanguage: 'fr',
  groupCreation: 'employees',
} as const;

/** The network's settings as the log says now, defaults applied: one short stream. */
export const currentSettings = async (identity: Identity): Promise<NetworkSettings> => {
  const { state, version } = await loadState(identity, organisationDecider, organisationStream(HOST_ORGANISATION_ID));
  const { settings } = state;
  return {
    networkName: settings.networkName ?? (state.name || DEFAULT_SETTINGS.networkName),
    logoFileId: settings.logoFileId ?? '',
    primaryColour: settings.primaryColour ?? DEFAULT_SETTINGS.primaryColour,
    defaultLanguage: settings.defaultLanguage ?? DEFAULT_SETTINGS.defaultLanguage,
    managedAttributes: [...(settings.managedAttributes ?? DEFAULT_MANAGED)],
    groupCreation: settings.groupCreation ?? DEFAULT_SETTINGS.groupCreation,
    hostOrganisationId: HOST_ORGANISATION_ID,
    version,
  };
};

export const managedAttributes = async (identity: Identity): Promise<readonly string[]> =>
  (await currentSettings(identity)).managedAttributes;

/** Domains whose people are employees. */
export const hostDomains = async (identity: Identity): Promise<readonly string[]> =>
  (await loadState(identity, organisationDecider, organisationStream(HOST_ORGANISATION_ID))).state.domains;
