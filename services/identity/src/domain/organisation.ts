/** The host company and partner companies: stream `organisation/O`. The host's stream also holds the network's settings. */
import type {
  NetworkSettingsChanged,
  OrganisationChanged,
  OrganisationEvent,
  OrganisationRegistered,
} from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { Decider } from '@parvis/kit/eventing/decider.ts';
import { invalid, ruleBroken } from '@parvis/kit/runtime/errors.ts';
import { normaliseDomain } from './emailAddress.ts';
import { newSettings, type Settings, withSettings } from './networkSettings.ts';

export type OrganisationChange = NonNullable<OrganisationEvent['event']>;

export const ORGANISATION_LIMITS = { name: 120, domains: 50 } as const;

export interface OrganisationState {
  readonly status: 'none' | 'active' | 'suspended' | 'ended';
  readonly name: string;
  readonly host: boolean;
  readonly sponsorId: string;
  readonly expiresAt: Date | undefined;
  readonly domains: readonly string[];
  /** What administrators have said so far; defaults are applied by readers. */
  readonly settings: Settings;
}

/** `hostDomains`: domains that only the host may have, or a partner's colleagues could register as employees. */
export type OrganisationCommand =
  | { readonly kind: 'register'; readonly registration: OrganisationRegistered; readonly hostDomains: readonly string[] }
  | { readonly kind: 'change'; readonly change: OrganisationChanged; readonly hostDomains: readonly string[] }
  | { readonly kind: 'suspend'; readonly by: string; readonly reason: string }
  | { readonly kind: 'reactivate'; readonly by: string }
  | { readonly kind: 'end'; readonly by: string; readonly reason: string }
  | { readonly kind: 'changeSettings'; readonly change: NetworkSettingsChanged };

export const noHost = () => ruleBroken('organisation.host', 'the host company has no sponsor and no end');

const cleanName = (name: string): string => {
  const clean = name.normalize('NFC').trim();
  if (clean === '' || clean.length > ORGANISATION_LIMITS.name) throw invalid('name', `1 to ${ORGANISATION_LIMITS.name} characters`);
  if (/\p{Cc}/u.test(clean)) throw invalid('name', 'text without control characters');
  return clean;
};

const cleanDomains = (domains: readonly string[], host: boolean, hostDomains: readonly string[]): string[] => {
  const clean = [...new Set(domains.map((domain) => normaliseDomain(domain)))];
  if (clean.length > ORGANISATION_LIMITS.domains) throw invalid('domains', `at most ${ORGANISATION_LIMITS.domains} domains`);
  if (!host && clean.some((domain) => hostDomains.includes(domain)))
    throw ruleBroken('organisation.domain-of-host', 'this domain is the host company’s');
  return clean;
};

const register = (state: OrganisationState, wished: OrganisationRegistered, hostDomains: readonly string[]): OrganisationChange[] => {
  if (state.status !== 'none') throw ruleBroken('organisation.exists', 'this organisation is registered already');
  if (wished.host && (wished.sponsorId !== '' || wished.expiresAt)) throw noHost();
  if (!wished.host && wished.sponsorId === '') throw ruleBroken('organisation.sponsor-missing', 'a partner organisation has a sponsor');
  const value = { ...wished, name: cleanName(wished.name), domains: cleanDomains(wished.domains, wished.host, hostDomains) };
  return [{ $case: 'organisationRegistered', value }];
};

const mustLive = (state: OrganisationState): void => {
  if (state.status === 'none') throw ruleBroken('organisation.unknown', 'there is no such organisation');
  if (state.status === 'ended') throw ruleBroken('organisation.ended', 'the work with this organisation has ended');
};

const change = (state: OrganisationState, wished: OrganisationChanged, hostDomains: readonly string[]): OrganisationChange[] => {
  mustLive(state);
  if (state.host && (wished.sponsorId !== undefined || wished.expiresAt)) throw noHost();
  const value: OrganisationChanged = { domains: [], by: wished.by, expiresAt: undefined };
  const name = wished.name === undefined ? state.name : cleanName(wished.name);
  if (name !== state.name) value.name = name;
  if (wished.sponsorId === '') throw ruleBroken('organisation.sponsor-missing', 'a partner organisation has a sponsor');
  if (wished.sponsorId !== undefined && wished.sponsorId !== state.sponsorId) value.sponsorId = wished.sponsorId;
  if (wished.expiresAt && wished.expiresAt.getTime() !== state.expiresAt?.getTime()) value.expiresAt = wished.expiresAt;
  const domains = wished.domainsSet ? cleanDomains(wished.domains, state.host, hostDomains) : state.domains;
  if (domains.join() !== state.domains.join()) Object.assign(value, { domains, domainsSet: true });
  const changed = value.name !== undefined || value.sponsorId !== undefined || value.expiresAt !== undefined || value.domainsSet === true;
  return changed ? [{ $case: 'organisationChanged', value }] : [];
};

const notHost = (state: OrganisationState): void => {
  if (state.host) throw ruleBroken('organisation.host', 'the host company can’t be suspended or ended');
};

const changeSettings = (state: OrganisationState, wished: NetworkSettingsChanged): OrganisationChange[] => {
  mustLive(state);
  if (!state.host) throw ruleBroken('organisation.not-host', 'the network’s settings belong to the host company');
  const value = newSettings(state.settings, wished);
  return value ? [{ $case: 'networkSettingsChanged', value }] : [];
};

const evolve = (state: OrganisationState, event: OrganisationChange): OrganisationState => {
  switch (event.$case) {
    case 'organisationRegistered': {
      const { name, host, sponsorId, expiresAt, domains } = event.value;
      return { ...state, status: 'active', name, host, sponsorId, expiresAt, domains };
    }
    case 'organisationChanged': {
      const { name, sponsorId, expiresAt, domains, domainsSet } = event.value;
      return {
        ...state,
        name: name ?? state.name,
        sponsorId: sponsorId ?? state.sponsorId,
        expiresAt: expiresAt ?? state.expiresAt,
        domains: domainsSet ? domains : state.domains,
      };
    }
    case 'organisationSuspended':
      return { ...state, status: 'suspended' };
    case 'organisationReactivated':
      return { ...state, status: 'active' };
    case 'organisationEnded':
      return { ...state, status: 'ended' };
    case 'networkSettingsChanged':
      return { ...state, settings: withSettings(state.settings, event.value) };
    default:
      return event satisfies never;
  }
};

export const organisationDecider: Decider<OrganisationState, OrganisationCommand, OrganisationChange> = {
  initial: { status: 'none', name: '', host: false, sponsorId: '', expiresAt: undefined, domains: [], settings: {} },
  evolve,
  decide(state, command) {
    switch (command.kind) {
      case 'register':
        return register(state, command.registration, command.hostDomains);
      case 'change':
        return change(state, command.change, command.hostDomains);
      case 'suspend':
        mustLive(state);
        notHost(state);
        return state.status === 'suspended' ? [] : [{ $case: 'organisationSuspended', value: { by: command.by, reason: command.reason } }];
      case 'reactivate':
        mustLive(state);
        return state.status === 'active' ? [] : [{ $case: 'organisationReactivated', value: { by: command.by } }];
      case 'end':
        if (state.status === 'ended') return [];
        mustLive(state);
        notHost(state);
        return [{ $case: 'organisationEnded', value: { by: command.by, reason: command.reason } }];
      case 'changeSettings':
        return changeSettings(state, command.change);
      default:
        return command satisfies never;
    }
  },
};
