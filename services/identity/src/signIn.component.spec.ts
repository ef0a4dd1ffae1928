import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PersonRole } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { codeOf, createIdentityNetwork, HOST_DOMAIN, type IdentityNetwork, type TokenSays } from './testing/identityNetwork.ts';

let net: IdentityNetwork;
beforeEach(async () => {
  net = await createIdentityNetwork();
});
afterEach(() => net.network.close());

const zoe: TokenSays = { subject: 'zoe', email: `Zoe@${HOST_DOMAIN}`, emailVerified: true };
const rolesOf = async (said: TokenSays) => {
  await net.network.settled();
  return (await net.client.getMe({}, net.tokenContext(said))).person?.roles;
};

describe('the first sign-in', () => {
  it('of the host’s domain makes an employee, once', async () => {
    const first = await net.signIn(zoe, { givenName: 'Zoé\n', familyName: 'Lefèvre' });
    const { person } = await net.client.getMe({}, net.tokenContext(zoe, [first.token]));
    expect(person).toMatchObject({
      card: { displayName: 'Zoé Lefèvre', handle: 'zoe.lefevre' },
      email: `zoe@${HOST_DOMAIN}`,
      roles: [PersonRole.MEMBER],
    });
    expect(await net.signIn(zoe)).toEqual({ personId: first.personId, token: '' });
  });

  it('at once from two tabs, or from two providers, makes one person', async () => {
    const twice = await Promise.all([net.signIn(zoe), net.signIn(zoe)]);
    expect(new Set(twice.map(({ personId }) => personId)).size).toBe(1);
    const yan = { email: `yan@${HOST_DOMAIN}`, emailVerified: true };
    const both = await Promise.all([
      net.signIn({ ...yan, subject: 'y', issuer: 'one' }),
      net.signIn({ ...yan, subject: 'y', issuer: 'two' }),
    ]);
    expect(new Set(both.map(({ personId }) => personId)).size).toBe(1);
    await net.network.settled();
    const { person } = await net.client.getMe({}, net.tokenContext({ subject: 'y', issuer: 'two' }));
    expect(person?.accounts.map(({ issuer }) => issuer).sort()).toEqual(['one', 'two']);
  });

  it('of a stranger, of an unverified address and of a client is refused', async () => {
    await expect(codeOf(net.signIn({ ...zoe, email: 'zoe@elsewhere.example' }))).resolves.toBe('account.none');
    await expect(codeOf(net.signIn({ ...zoe, email: `zoe@sub.${HOST_DOMAIN}` }))).resolves.toBe('account.none');
    await expect(codeOf(net.signIn({ ...zoe, emailVerified: false }))).resolves.toBe('account.email-unverified');
    await expect(codeOf(net.signIn({ subject: 'zoe' }, { email: `zoe@${HOST_DOMAIN}`, emailVerified: true }))).resolves.toBe(
      'account.email-unverified',
    );
    await expect(codeOf(net.signIn({ ...zoe, client: true }))).resolves.toBe('account.client');
    await expect(
      codeOf(
        net.client.signIn(
          { invitationSecret: '', email: '', emailVerified: true, givenName: '', familyName: '', providerRoles: [] },
          net.network.anonymous(),
        ),
      ),
    ).resolves.toBe('token.missing');
  });

  it('links whom an administrator registered, by verified address', async () => {
    const id = await net.service.bootstrap.registerPersonAsSystem({ key: 'k', email: `zoe@${HOST_DOMAIN}`, profile: { givenName: 'Zoé' } });
    await expect(codeOf(net.signIn({ ...zoe, emailVerified: false }))).resolves.toBe('account.email-unverified');
    expect((await net.signIn(zoe)).personId).toBe(id);
    expect(await net.typesOf(`person/${id}`)).toEqual(['PersonRegistered', 'PersonAccountLinked']);
  });

  it('does not hand an account to who got the address later', async () => {
    const { personId } = await net.signIn(zoe);
    await net.network.settled();
    await expect(codeOf(net.signIn({ ...zoe, subject: 'another zoe' }))).resolves.toBe('account.conflict');
    const admin = await net.administrator();
    await net.execute(admin, { $case: 'unlinkAccount', value: { personId, issuer: 'test', subject: 'zoe' } });
    await net.network.settled();
    await expect(codeOf(net.client.getMe({}, net.tokenContext(zoe)))).resolves.toBe('account.unknown');
    expect((await net.signIn({ ...zoe, subject: 'another zoe' })).personId).toBe(personId);
    expect(net.network.accounts.calls).toContainEqual({ operation: 'endSessions', account: expect.objectContaining({ subject: 'zoe' }) });
  });
});

describe('the first administrator', () => {
  const chief: TokenSays = {
    subject: 'chief',
    email: 'chief@anywhere.example',
    emailVerified: true,
    providerRoles: ['parvis-administrator'],
  };

  it('is named by the provider, later ones are not', async () => {
    await net.signIn(chief);
    expect(await rolesOf(chief)).toEqual([PersonRole.MEMBER, PersonRole.ADMINISTRATOR]);
    await expect(codeOf(net.signIn({ ...chief, subject: 'second', email: 'second@anywhere.example' }))).resolves.toBe('account.none');
    const second = { ...zoe, providerRoles: ['administrator'] };
    await net.signIn(second);
    expect(await rolesOf(second)).toEqual([PersonRole.MEMBER]);
  });

  it('may be an employee who was there before', async () => {
    await net.signIn(zoe);
    await net.network.settled();
    await net.signIn({ ...zoe, providerRoles: ['administrator'] });
    expect(await rolesOf(zoe)).toEqual([PersonRole.MEMBER, PersonRole.ADMINISTRATOR]);
  });

  it('is not named by the caller’s word', async () => {
    await net.signIn(zoe, { providerRoles: ['parvis-administrator'] });
    expect(await rolesOf(zoe)).toEqual([PersonRole.MEMBER]);
  });

  it('may be registered by the launcher, once', async () => {
    const wished = { email: `boss@${HOST_DOMAIN}`, profile: { givenName: 'Boss' } };
    const id = await net.service.bootstrap.registerFirstAdministrator(wished);
    expect(await net.service.bootstrap.registerFirstAdministrator(wished)).toBe(id);
    expect(await net.typesOf(`person/${id}`)).toEqual(['PersonRegistered']);
    const ada = await net.given({ email: `ada@${HOST_DOMAIN}` });
    expect(await net.service.bootstrap.registerFirstAdministrator({ email: `ada@${HOST_DOMAIN}`, profile: {} })).toBe(ada);
    expect(await rolesOf({ subject: ada })).toEqual([PersonRole.MEMBER, PersonRole.ADMINISTRATOR]);
  });
});

describe('the host organisation', () => {
  it('is registered once, with the network’s settings', async () => {
    const again = await net.service.bootstrap.ensureHostOrganisation({ name: 'Other', domains: [], language: 'en' });
    expect(again).toBe(net.hostId);
    const { settings } = await net.client.getNetworkSettings({}, net.network.anonymous());
    expect(settings).toMatchObject({
      networkName: 'Host',
      defaultLanguage: 'fr',
      hostOrganisationId: '',
      managedAttributes: [],
      version: 0,
    });
    await net.signIn(zoe);
    await net.network.settled();
    const known = await net.client.getNetworkSettings({}, net.tokenContext(zoe));
    expect(known.settings).toMatchObject({ hostOrganisationId: net.hostId, groupCreation: 'employees', version: 2 });
    expect(known.settings?.managedAttributes).toContain('department');
    await expect(codeOf(net.client.getNetworkSettings({}, net.tokenContext({ subject: 'stranger' })))).resolves.toBe('account.unknown');
  });
});
