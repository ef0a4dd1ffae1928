import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PersonKind, PersonRole } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { codeOf, createIdentityNetwork, HOST_DOMAIN, type IdentityNetwork } from './testing/identityNetwork.ts';

const DAY_MS = 86_400_000;
let net: IdentityNetwork;
let admin: string;
let ada: string;
let acme: string;
let group: string;
beforeEach(async () => {
  net = await createIdentityNetwork();
  admin = await net.administrator();
  ada = await net.given({ email: `ada@${HOST_DOMAIN}`, profile: { givenName: 'Ada', familyName: 'Lovelace' } });
  acme = await net.network.givenOrganisation({ name: 'Acme', sponsorId: ada });
  group = await net.network.givenGroup({ privacy: 'restricted', admitsPartners: true, owners: [ada] });
  await net.network.settled();
});
afterEach(() => net.network.close());

const inviteBob = (more: object = {}) => net.invite(ada, { email: 'Bob@Acme.example', organisationId: acme, groupIds: [group], ...more });
const bobSays = { subject: 'bob', email: 'bob@acme.example', emailVerified: true };
const listFor = async (personId: string) => {
  await net.network.settled();
  return (await net.client.listInvitations({ organisationId: '', cursor: '', limit: 0 }, net.as(personId))).invitations;
};

describe('an invitation', () => {
  it('is mailed in both languages, previewed, taken up once and leads into its groups', async () => {
    const answer = await inviteBob();
    const secret = await net.secretFor('bob@acme.example');
    expect(secret).toHaveLength(43);
    const mails = net.network.mails.filter(({ to }) => to === 'bob@acme.example');
    expect(mails).toHaveLength(1);
    expect(mails[0]?.subject).toBe('Ada Lovelace invites you to Host');
    expect(mails[0]?.text).toContain('vous invite');
    expect(mails[0]?.text).toContain(`http://localhost:8080/invitations/${secret}`);

    const preview = await net.client.previewInvitation({ secret }, net.network.anonymous());
    expect(preview).toMatchObject({
      organisationName: 'Acme',
      sponsorName: 'Ada Lovelace',
      networkName: 'Host',
      invitation: { state: 'open', email: 'bob@acme.example', givenName: 'Bob' },
    });

    const { personId } = await net.signIn(bobSays, { invitationSecret: secret });
    expect(personId).toBe(answer.id.split('.')[0]);
    expect(await net.typesOf(`person/${personId}`)).toEqual(['PersonRegistered', 'PersonAccountLinked']);
    expect(await net.typesOf(`person/${personId}/invitation/${answer.id.split('.')[1]}`)).toEqual([
      'InvitationIssued',
      'InvitationAccepted',
    ]);
    await net.network.settled();
    const { person } = await net.client.getMe({}, net.tokenContext(bobSays));
    expect(person).toMatchObject({
      card: { kind: PersonKind.PARTNER, organisationId: acme, displayName: 'Bob Bee' },
      sponsorId: ada,
      roles: [PersonRole.MEMBER],
    });

    await expect(
      codeOf(net.signIn({ ...bobSays, subject: 'other', issuer: 'other', email: 'eve@acme.example' }, { invitationSecret: secret })),
    ).resolves.toBe('invitation.other-address');
    // Opening the link again is only a sign-in.
    await expect(net.signIn(bobSays, { invitationSecret: secret })).resolves.toMatchObject({ personId });
    expect(await listFor(ada)).toEqual([expect.objectContaining({ id: answer.id, state: 'accepted' })]);
    expect((await net.client.previewInvitation({ secret }, net.network.anonymous())).invitation).toMatchObject({
      state: 'accepted',
      email: '',
    });
  });

  it('is bound to one address that the provider verified', async () => {
    await inviteBob();
    const invitationSecret = await net.secretFor('bob@acme.example');
    const tries: [string, Partial<typeof bobSays> & { email?: string }][] = [
      ['invitation.other-address', { email: 'eve@acme.example' }],
      ['account.email-unverified', { emailVerified: false }],
    ];
    for (const [code, said] of tries) await expect(codeOf(net.signIn({ ...bobSays, ...said }, { invitationSecret }))).resolves.toBe(code);
    // What the caller says beside the token counts for nothing.
    const claims = { invitationSecret, email: 'bob@acme.example', emailVerified: true };
    await expect(codeOf(net.signIn({ subject: 'eve' }, claims))).resolves.toBe('account.email-unverified');
    await expect(codeOf(net.signIn(bobSays, { invitationSecret }))).resolves.toBe('fine');
  });

  it('opens by its very secret: of 200 altered ones none', async () => {
    await inviteBob();
    const secret = await net.secretFor('bob@acme.example');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const altered = new Set<string>([secret.slice(1), `${secret}A`, secret.toUpperCase(), `${secret}=`, '']);
    for (let nth = 0; altered.size < 200; nth += 1) {
      const at = nth % secret.length;
      const letter = alphabet[(alphabet.indexOf(secret[at] as string) + 1 + Math.floor(nth / secret.length)) % 64] as string;
      altered.add(secret.slice(0, at) + letter + secret.slice(at + 1));
    }
    altered.delete(secret);
    expect(altered.size).toBeGreaterThanOrEqual(199);
    for (const text of altered) {
      const expected = text === '' ? 'account.none' : 'not-found';
      expect([text, await codeOf(net.signIn(bobSays, { invitationSecret: text }))]).toEqual([text, expected]);
    }
    await expect(codeOf(net.client.previewInvitation({ secret: `${secret.slice(1)}A` }, net.network.anonymous()))).resolves.toBe(
      'not-found',
    );
  });

  it('ends by itself', async () => {
    await inviteBob({ expiresAt: new Date(net.network.clock.now().getTime() + DAY_MS) });
    const invitationSecret = await net.secretFor('bob@acme.example');
    net.network.clock.advance(DAY_MS);
    await expect(codeOf(net.signIn(bobSays, { invitationSecret }))).resolves.toBe('invitation.expired');
    expect((await listFor(ada))[0]?.state).toBe('expired');
    expect((await net.client.previewInvitation({ secret: invitationSecret }, net.network.anonymous())).invitation?.state).toBe('expired');
  });

  it('is withdrawn by its sponsor or an administrator, and is nobody else’s to know of', async () => {
    const { id } = await inviteBob();
    const invitationSecret = await net.secretFor('bob@acme.example');
    const eve = await net.given({ email: `eve@${HOST_DOMAIN}` });
    const revoke = { $case: 'revokeInvitation', value: { invitationId: id, reason: 'no more' } } as const;
    await expect(codeOf(net.execute(eve, revoke))).resolves.toBe('not-found');
    expect(await listFor(eve)).toEqual([]);
    expect(await listFor(admin)).toHaveLength(1);
    await expect(codeOf(net.execute(admin, revoke))).resolves.toBe('fine');
    await expect(codeOf(net.execute(ada, revoke))).resolves.toBe('fine');
    await expect(codeOf(net.signIn(bobSays, { invitationSecret }))).resolves.toBe('invitation.revoked');
    await expect(codeOf(net.execute(ada, { ...revoke, value: { invitationId: 'nonsense', reason: '' } }))).resolves.toBe('not-found');
  });

  it('withdrawn after it was taken up ends the access it gave', async () => {
    const { id } = await inviteBob();
    await net.signIn(bobSays, { invitationSecret: await net.secretFor('bob@acme.example') });
    await net.network.settled();
    await expect(codeOf(net.client.getMe({}, net.tokenContext(bobSays)))).resolves.toBe('fine');
    await net.execute(ada, { $case: 'revokeInvitation', value: { invitationId: id, reason: '' } });
    await net.network.settled();
    await expect(codeOf(net.client.getMe({}, net.tokenContext(bobSays)))).resolves.toBe('account.inactive');
    await expect(codeOf(net.signIn(bobSays))).resolves.toBe('account.inactive');
  });

  it('is given by owners into groups that admit partners', async () => {
    const codeFor = (by: string, groupIds: string[]) => codeOf(net.invite(by, { email: 'x@acme.example', organisationId: acme, groupIds }));
    const closed = await net.network.givenGroup({ owners: [ada] });
    const hidden = await net.network.givenGroup({ privacy: 'hidden', admitsPartners: true, owners: [admin] });
    const listed = await net.network.givenGroup({ privacy: 'restricted', admitsPartners: true, owners: [admin], members: [ada] });
    const bob = await net.partner('bob@acme.example', acme, ada);
    await net.network.settled();
    expect(await codeFor(ada, [group])).toBe('fine');
    expect(await codeFor(ada, [group, closed])).toBe('group.no-partners');
    expect(await codeFor(ada, [hidden])).toBe('not-found');
    expect(await codeFor(ada, ['z'.repeat(26)])).toBe('not-found');
    expect(await codeFor(ada, [listed])).toBe('group.not-owner');
    expect(await codeFor(admin, [group])).toBe('group.not-owner');
    expect(await codeFor(ada, [])).toBe('invalid');
    expect(await codeFor(bob, [group])).toBe('invitation.employees-only');
    await expect(codeOf(net.invite(ada, { email: 'x@acme.example', organisationId: net.hostId, groupIds: [group] }))).resolves.toBe(
      'organisation.host',
    );
    await expect(codeOf(net.invite(ada, { email: 'x@acme.example', organisationId: 'z'.repeat(26), groupIds: [group] }))).resolves.toBe(
      'not-found',
    );
  });

  it('looks the same for new, invited and known addresses', async () => {
    await net.partner('known@acme.example', acme, ada);
    await net.given({ email: 'employee@elsewhere.example' });
    const shapes: unknown[] = [];
    for (const email of [
      'new@acme.example',
      'new@acme.example',
      'known@acme.example',
      'employee@elsewhere.example',
      `ada@${HOST_DOMAIN}`,
    ]) {
      const before = (await net.ports.log.heads()).reduce((sum, head) => sum + head, 0);
      const answer = await net.invite(ada, { email, organisationId: acme, groupIds: [group] });
      const written = (await net.ports.log.heads()).reduce((sum, head) => sum + head, 0) - before;
      shapes.push({ version: answer.version, duplicate: answer.duplicate, id: /^[a-z2-7]{26}\.[a-z2-7]{26}$/.test(answer.id), written });
    }
    expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
    const listed = await listFor(ada);
    expect(new Set(listed.map(({ state, groupIds }) => `${state} ${groupIds}`)).size).toBe(1);
    expect(net.network.mails.filter(({ to }) => to === 'known@acme.example' || to === 'employee@elsewhere.example')).toHaveLength(2);
  });

  it('gives a known partner its groups, once', async () => {
    const bob = await net.partner('bob@acme.example', acme, ada);
    const { id } = await inviteBob();
    const invitationSecret = await net.secretFor('bob@acme.example');
    const says = { subject: bob };
    await expect(net.signIn(says, { invitationSecret })).resolves.toMatchObject({ personId: bob });
    await net.network.settled();
    const lane = (await Promise.all(Array.from({ length: 12 }, (_, at) => net.ports.log.readLane(at, { after: 0, limit: 1000 })))).flat();
    const accepted = lane.filter(({ type, stream }) => type.endsWith('InvitationAccepted') && stream.startsWith(`person/${bob}/`));
    expect(accepted).toHaveLength(1);
    await expect(codeOf(net.signIn(says, { invitationSecret }))).resolves.toBe('invitation.used');
    expect(await listFor(ada)).toEqual([expect.objectContaining({ id, state: 'accepted' })]);
    await net.execute(ada, { $case: 'revokeInvitation', value: { invitationId: id, reason: '' } });
    expect((await listFor(ada))[0]?.state).toBe('revoked');
    expect(await net.typesOf(accepted[0]?.stream as string)).toEqual(['InvitationIssued', 'InvitationAccepted', 'InvitationRevoked']);
    await expect(
      codeOf(net.signIn({ subject: 'eve', issuer: 'x', email: 'eve@acme.example', emailVerified: true }, { invitationSecret })),
    ).resolves.toBe('invitation.other-address');
  });

  it('grants an employee nothing, and only signs them in', async () => {
    await net.invite(ada, { email: `ada@${HOST_DOMAIN}`, organisationId: acme, groupIds: [group] });
    const invitationSecret = await net.secretFor(`ada@${HOST_DOMAIN}`);
    const before = await net.typesOf(`person/${ada}`);
    await expect(
      net.signIn({ subject: ada, email: `ada@${HOST_DOMAIN}`, emailVerified: true }, { invitationSecret }),
    ).resolves.toMatchObject({ personId: ada });
    expect(await net.typesOf(`person/${ada}`)).toEqual(before);
    expect((await listFor(ada))[0]?.state).toBe('open');
  });

  it('is not taken up once the sponsor or the organisation is gone', async () => {
    await inviteBob();
    const invitationSecret = await net.secretFor('bob@acme.example');
    await net.execute(admin, { $case: 'suspendPerson', value: { personId: ada, reason: '' } });
    await net.network.settled();
    await expect(codeOf(net.signIn(bobSays, { invitationSecret }))).resolves.toBe('person.sponsor-inactive');
    await net.execute(admin, { $case: 'reactivatePerson', value: { personId: ada } });
    await net.execute(admin, { $case: 'endOrganisation', value: { organisationId: acme, reason: '' } });
    await net.network.settled();
    await expect(codeOf(net.signIn(bobSays, { invitationSecret }))).resolves.toBe('organisation.inactive');
  });

  it('of an address that is erased is erased with it', async () => {
    const bob = await net.partner('bob@acme.example', acme, ada);
    const { id } = await inviteBob();
    await net.network.settled();
    await net.execute(admin, { $case: 'erasePerson', value: { personId: bob, contributions: true } });
    await net.network.settled();
    expect((await net.network.vault.get([{ personId: id.split('.')[0] as string, kind: 'who' }]))[0]?.state).toBe('destroyed');
    expect(await listFor(ada)).toEqual([expect.objectContaining({ id, email: '', givenName: '' })]);
  });
});
