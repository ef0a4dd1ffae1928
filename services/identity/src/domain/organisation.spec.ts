import { describe, expect, it } from '@jest/globals';
import { NetworkSettingsChanged, OrganisationChanged, OrganisationRegistered } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import { SETTINGS_LIMITS } from './networkSettings.ts';
import { ORGANISATION_LIMITS, type OrganisationCommand, type OrganisationState, organisationDecider } from './organisation.ts';

const register = (change: Partial<OrganisationRegistered> = {}): OrganisationCommand => ({
  kind: 'register',
  registration: OrganisationRegistered.fromPartial({ name: 'Acme', sponsorId: 'ada', domains: ['Acme.example'], ...change }),
  hostDomains: ['host.example'],
});
const host = register({ name: 'Host', host: true, sponsorId: '', domains: ['host.example'] });
const change = (said: Partial<OrganisationChanged>): OrganisationCommand => ({
  kind: 'change',
  change: OrganisationChanged.fromPartial({ by: 'x', ...said }),
  hostDomains: ['host.example'],
});
const settings = (said: Partial<NetworkSettingsChanged>): OrganisationCommand => ({
  kind: 'changeSettings',
  change: NetworkSettingsChanged.fromPartial({ by: 'x', ...said }),
});
const suspend: OrganisationCommand = { kind: 'suspend', by: 'x', reason: '' };
const reactivate: OrganisationCommand = { kind: 'reactivate', by: 'x' };
const end: OrganisationCommand = { kind: 'end', by: 'x', reason: '' };

const after = (...commands: OrganisationCommand[]): OrganisationState =>
  commands.reduce(
    (state, command) => organisationDecider.decide(state, command).reduce(organisationDecider.evolve, state),
    organisationDecider.initial,
  );
const codeOf = (state: OrganisationState, command: OrganisationCommand): string => {
  try {
    return `${organisationDecider.decide(state, command).length} events`;
  } catch (error) {
    return isParvisError(error) ? error.code : String(error);
  }
};

describe('an organisation', () => {
  it('has a name, a sponsor and domains that are not the host’s', () => {
    expect(after(register())).toMatchObject({ status: 'active', name: 'Acme', sponsorId: 'ada', domains: ['acme.example'] });
    expect(codeOf(after(register()), register())).toBe('organisation.exists');
    expect(codeOf(organisationDecider.initial, register({ sponsorId: '' }))).toBe('organisation.sponsor-missing');
    expect(codeOf(organisationDecider.initial, register({ domains: ['HOST.example'] }))).toBe('organisation.domain-of-host');
    expect(codeOf(organisationDecider.initial, register({ name: ' ' }))).toBe('invalid');
    expect(codeOf(organisationDecider.initial, register({ name: 'x'.repeat(ORGANISATION_LIMITS.name) }))).toBe('1 events');
    expect(codeOf(organisationDecider.initial, register({ name: 'x'.repeat(ORGANISATION_LIMITS.name + 1) }))).toBe('invalid');
    const many = Array.from({ length: ORGANISATION_LIMITS.domains + 1 }, (_, nth) => `d${nth}.example`);
    expect(codeOf(organisationDecider.initial, register({ domains: many }))).toBe('invalid');
    expect(codeOf(organisationDecider.initial, register({ domains: many.slice(1) }))).toBe('1 events');
  });

  it('is suspended, reactivated and ended; what has ended stays so', () => {
    expect(after(register(), suspend).status).toBe('suspended');
    expect(after(register(), suspend, reactivate).status).toBe('active');
    expect(codeOf(after(register(), suspend), suspend)).toBe('0 events');
    const ended = after(register(), end);
    expect(codeOf(ended, end)).toBe('0 events');
    for (const command of [suspend, reactivate, change({ name: 'x' })]) expect(codeOf(ended, command)).toBe('organisation.ended');
    for (const command of [suspend, reactivate, end, change({ name: 'x' })]) {
      expect(codeOf(organisationDecider.initial, command)).toBe('organisation.unknown');
    }
  });

  it('changes by what is new alone', () => {
    const state = after(register());
    expect(codeOf(state, change({ name: 'Acme', sponsorId: 'ada', domains: ['acme.example'], domainsSet: true }))).toBe('0 events');
    expect(after(register(), change({ domains: [], domainsSet: true, expiresAt: new Date(5) }))).toMatchObject({
      domains: [],
      expiresAt: new Date(5),
    });
    expect(codeOf(state, change({ sponsorId: '' }))).toBe('organisation.sponsor-missing');
    expect(codeOf(state, change({ domains: ['host.example'], domainsSet: true }))).toBe('organisation.domain-of-host');
  });

  it('as the host has no sponsor and no end', () => {
    expect(codeOf(organisationDecider.initial, register({ host: true }))).toBe('organisation.host');
    for (const command of [suspend, end, change({ sponsorId: 'ada' }), change({ expiresAt: new Date(5) })]) {
      expect(codeOf(after(host), command)).toBe('organisation.host');
    }
    expect(codeOf(after(host), change({ name: 'New' }))).toBe('1 events');
  });
});

describe('the network’s settings', () => {
  it('lie on the host, and change by what is new', () => {
    expect(codeOf(after(register()), settings({ networkName: 'x' }))).toBe('organisation.not-host');
    const state = after(
      host,
      settings({ networkName: 'Parvis', primaryColour: '#aabbcc', managedAttributes: { names: ['title', 'site', 'title'] } }),
    );
    expect(state.settings).toEqual({ networkName: 'Parvis', primaryColour: '#aabbcc', managedAttributes: ['site', 'title'] });
    expect(codeOf(state, settings({ networkName: ' Parvis ', managedAttributes: { names: ['title', 'site'] } }))).toBe('0 events');
    expect(after(host, settings({ managedAttributes: { names: [] } })).settings.managedAttributes).toEqual([]);
  });

  it.each([
    { networkName: '' },
    { networkName: 'x'.repeat(SETTINGS_LIMITS.networkName + 1) },
    { primaryColour: 'red' },
    { primaryColour: '#12345' },
    { defaultLanguage: 'de' },
    { groupCreation: 'partners' },
    { logoFileId: '../etc' },
    { managedAttributes: { names: ['email'] } },
  ])('refuse %j', (said) => {
    expect(codeOf(after(host), settings(said))).toBe('invalid');
  });
});
