import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import { randomId } from '../runtime/ids.ts';
import type { ServiceRuntime } from '../runtime/service.ts';
import { createService, type ManagedService } from '../runtime/serviceRuntime.ts';
import { createFakeNetwork, type FakeNetwork } from '../testing/fakeNetwork.ts';
import type { AccessFacts } from './accessFacts.ts';

const reason = { by: 'someone', reason: '' };
const happened = ($case: string, value: Record<string, unknown> = {}): AnyEvent => ({ $case, value });

describe('access facts', () => {
  let network: FakeNetwork;
  let service: ManagedService;
  let facts: AccessFacts;
  let ada: string;

  beforeEach(async () => {
    network = await createFakeNetwork();
    service = createService(await network.ports('post'), {
      name: 'post',
      projections: [],
      rpc(runtime: ServiceRuntime) {
        facts = runtime.facts;
        return [];
      },
    });
    await network.start(service);
    ada = await network.givenEmployee();
  });
  afterEach(async () => network.close());

  const onPerson = async (id: string, ...events: AnyEvent[]): Promise<void> => {
    await network.emit('identity', `person/${id}`, events);
    await network.settled();
  };
  const status = async (id: string): Promise<string | undefined> => (await facts.person(id))?.status;

  it('follow a person through suspension, roles, expiry, erasure', async () => {
    const expiresAt = new Date(Date.UTC(2030, 0, 1));
    await onPerson(ada, happened('personSuspended', reason));
    expect(await status(ada)).toBe('suspended');
    expect(await facts.person(ada)).toMatchObject({ inactiveSinceMs: expect.any(Number) });
    await onPerson(ada, happened('personReactivated', { by: '' }), happened('personRolesChanged', { roles: [3], by: '' }));
    expect(await facts.person(ada)).toMatchObject({ status: 'active', roles: ['member', 'administrator'], organisationId: network.hostId });
    expect(await facts.personIdsWithRole('administrator')).toEqual([ada]);
    expect(await facts.person(ada)).not.toHaveProperty('inactiveSinceMs');
    await onPerson(ada, happened('personExpiryChanged', { expiresAt, by: '' }));
    expect(await facts.person(ada)).toMatchObject({ expiresAtMs: expiresAt.getTime() });
    await onPerson(
      ada,
      happened('personExpiryChanged', { expiresAt: undefined, by: '' }),
      happened('personErased', { by: '', contributions: false }),
    );
    expect(await facts.person(ada)).toMatchObject({ status: 'erased' });
    expect(await facts.person(ada)).not.toHaveProperty('expiresAtMs');
    await onPerson(ada, happened('personReactivated', { by: '' }));
    expect(await status(ada)).toBe('erased');
  });

  it('know nobody before the registration, and nobody of a taken name', async () => {
    const ghost = randomId();
    expect(await facts.person(ghost)).toBeUndefined();
    await onPerson(ghost, happened('personAccountLinked', { issuer: 'test', subject: ghost }));
    expect(await facts.person(ghost)).toBeUndefined();
    expect(await facts.viewer(ghost)).toBeUndefined();
    const lost = randomId();
    await onPerson(lost, happened('personAbandoned', { claim: 'x' }));
    expect(await status(lost)).toBe('abandoned');
  });

  it('let a partner in by an accepted invitation or a linked account, and out with the last invitation', async () => {
    const acme = await network.givenOrganisation({ sponsorId: ada });
    const bob = await network.givenPartner({ organisationId: acme, sponsorId: ada, linked: false });
    const [first, second] = [randomId(), randomId()];
    const onInvitation = async (id: string, event: AnyEvent): Promise<void> => {
      await network.emit('identity', `person/${bob}/invitation/${id}`, [event]);
      await network.settled();
    };
    await network.settled();
    expect(await status(bob)).toBe('invited');
    await onInvitation(first, happened('invitationAccepted', { groupIds: [] }));
    expect(await status(bob)).toBe('active');
    expect(await facts.viewer(bob)).toMatchObject({
      person: { sponsorId: ada },
      organisation: { id: acme, sponsorId: ada },
      sponsor: { id: ada },
    });
    await onInvitation(second, happened('invitationAccepted', { groupIds: [] }));
    await onInvitation(first, happened('invitationRevoked', reason));
    expect(await status(bob)).toBe('active');
    await onInvitation(second, happened('invitationRevoked', reason));
    expect(await status(bob)).toBe('suspended');
    const carol = await network.givenPartner({ organisationId: acme, sponsorId: ada, linked: true });
    await network.settled();
    expect(await status(carol)).toBe('active');
  });

  it('take an invitation that comes before the registration', async () => {
    const dan = randomId();
    await network.vault.create(dan);
    await network.emit('identity', `person/${dan}/invitation/i`, [happened('invitationAccepted', { groupIds: [] })]);
    await network.givenPartner({ id: dan, organisationId: network.hostId, sponsorId: ada, linked: false });
    await network.settled();
    expect(await status(dan)).toBe('active');
  });

  it('find the person of an account, and no longer when it is unlinked', async () => {
    await onPerson(ada, happened('personAccountLinked', { issuer: 'https://idp', subject: 'a|1' }));
    expect(await facts.personIdByAccount('https://idp', 'a|1')).toBe(ada);
    expect(await facts.personIdByAccount('https://idp', 'a')).toBeUndefined();
    await onPerson(ada, happened('personAccountUnlinked', { issuer: 'https://idp', subject: 'a|1' }));
    expect(await facts.personIdByAccount('https://idp', 'a|1')).toBeUndefined();
    expect(await facts.personIdByAccount('test', ada)).toBe(ada);
  });

  it('prefer the person who may act when two claim an account, whatever came first', async () => {
    const eve = await network.givenEmployee();
    for (const id of [ada, eve]) await onPerson(id, happened('personAccountLinked', { issuer: 'idp', subject: 's' }));
    const [low, high] = [ada, eve].sort() as [string, string];
    expect(await facts.personIdByAccount('idp', 's')).toBe(low);
    await onPerson(low, happened('personSuspended', reason));
    network.clock.advance(1001);
    expect(await facts.personIdByAccount('idp', 's')).toBe(high);
  });

  it('follow an organisation', async () => {
    const expiresAt = new Date(Date.UTC(2031, 0, 1));
    const acme = await network.givenOrganisation({ expiresAt, sponsorId: ada });
    const on = async (event: AnyEvent): Promise<void> => {
      await network.emit('identity', `organisation/${acme}`, [event]);
      await network.settled();
    };
    await on(happened('organisationChanged', { sponsorId: 'other', domains: [], by: '' }));
    expect(await facts.organisation(acme)).toEqual({
      id: acme,
      host: false,
      state: 'active',
      sponsorId: 'other',
      expiresAtMs: expiresAt.getTime(),
    });
    await on(happened('organisationSuspended', reason));
    expect(await facts.organisation(acme)).toMatchObject({ state: 'suspended' });
    await on(happened('organisationReactivated', { by: '' }));
    expect(await facts.organisation(acme)).toMatchObject({ state: 'active' });
    await on(happened('organisationEnded', reason));
    expect(await facts.organisation(acme)).toMatchObject({ state: 'ended' });
    expect(await facts.organisation(network.hostId)).toMatchObject({ host: true, state: 'active' });
  });

  describe('of groups', () => {
    let bob: string;
    beforeEach(async () => {
      bob = await network.givenEmployee();
    });
    const onMember = async (groupId: string, personId: string, event: AnyEvent): Promise<void> => {
      await network.emit('group', `group/${groupId}/member/${personId}`, [event]);
      await network.settled();
    };
    const onGroup = async (groupId: string, event: AnyEvent): Promise<void> => {
      await network.emit('group', `group/${groupId}`, [event]);
      await network.settled();
    };

    it('follow privacy, partners and archive', async () => {
      const group = await network.givenGroup({ privacy: 'open', owners: [ada] });
      await network.settled();
      expect(await facts.group(group)).toEqual({ id: group, privacy: 'open', admitsPartners: false, archived: false });
      expect(await facts.openGroupIds()).toEqual([group]);
      await onGroup(group, happened('groupArchived', { by: ada }));
      expect(await facts.openGroupIds()).toEqual([group]);
      await onGroup(group, happened('groupPrivacyChanged', { privacy: 3, by: ada, confirmedPosts: 0, confirmedReaders: 0 }));
      expect(await facts.group(group)).toMatchObject({ privacy: 'hidden', archived: true });
      expect(await facts.openGroupIds()).toEqual([]);
      await onGroup(group, happened('groupReopened', { by: ada }));
      await onGroup(group, happened('groupPartnerAdmissionChanged', { admitsPartners: true, by: ada }));
      expect(await facts.group(group)).toEqual({ id: group, privacy: 'hidden', admitsPartners: true, archived: false });
      expect(await facts.groups(['unknown', group])).toEqual([undefined, expect.objectContaining({ id: group })]);
    });

    it('give the owner role to members the group names, and to nobody else', async () => {
      const group = await network.givenGroup({ owners: [ada], members: [bob] });
      await network.settled();
      expect(await facts.membership(group, bob)).toMatchObject({ state: 'member', role: 'member' });
      await onGroup(group, happened('groupTakenOver', { personId: bob, reason: 'because' }));
      expect(await facts.membership(group, bob)).toMatchObject({ role: 'owner' });
      expect(await facts.moderatorIds(group)).toEqual([ada, bob].sort());
      await onGroup(group, happened('groupOwnerRemoved', { personId: ada, by: bob }));
      await onMember(group, ada, happened('memberRoleChanged', { personId: ada, role: 2, by: bob }));
      expect(await facts.membership(group, ada)).toMatchObject({ role: 'moderator' });
      await onMember(group, bob, happened('memberLeft', { personId: bob }));
      expect(await facts.membership(group, bob)).toMatchObject({ state: 'none', role: 'member' });
      expect(await facts.moderatorIds(group)).toEqual([ada]);
      expect(await facts.memberIds(group, { limit: 10 })).toEqual([ada]);
    });

    it.each([
      ['membershipRequested', 'requested', ['membershipRequestWithdrawn', 'membershipDeclined']],
      ['memberInvited', 'invited', ['memberInvitationDeclined', 'memberInvitationRevoked']],
      ['memberBanned', 'banned', ['memberUnbanned']],
      ['memberJoined', 'member', ['memberLeft', 'memberRemoved']],
    ])('follow %s until it ends', async (begin, state, ends) => {
      const group = await network.givenGroup({ owners: [ada] });
      for (const end of ends) {
        await onMember(
          group,
          bob,
          happened(begin, { personId: bob, message: '', by: ada, reason: '', via: 2, partner: false, organisationId: '' }),
        );
        expect(await facts.membership(group, bob)).toMatchObject({ state });
        expect(await facts.groupIdsOf(bob)).toEqual(state === 'member' ? [group] : []);
        await onMember(group, bob, happened(end, { personId: bob, by: ada, reason: '' }));
        expect(await facts.membership(group, bob)).toMatchObject({ state: 'none' });
        expect(await facts.groupIdsOf(bob)).toEqual([]);
      }
    });

    it('keep when an invitation into a group ends', async () => {
      const group = await network.givenGroup({ owners: [ada] });
      const expiresAt = new Date(Date.UTC(2030, 5, 1));
      await onMember(group, bob, happened('memberInvited', { personId: bob, by: ada, expiresAt }));
      expect(await facts.membership(group, bob)).toMatchObject({ state: 'invited', invitedUntilMs: expiresAt.getTime() });
      await onMember(group, bob, happened('memberJoined', { personId: bob, via: 4, by: bob, partner: false, organisationId: '' }));
      expect(await facts.membership(group, bob)).not.toHaveProperty('invitedUntilMs');
    });

    it('list members page by page and answer for many groups in order', async () => {
      const people: string[] = [];
      for (let nth = 0; nth < 5; nth++) people.push(await network.givenEmployee());
      const group = await network.givenGroup({ owners: [ada], members: people });
      const other = await network.givenGroup({ owners: [bob] });
      await network.settled();
      const all = [ada, ...people].sort();
      const first = await facts.memberIds(group, { limit: 4 });
      const rest = await facts.memberIds(group, { limit: 4, after: first.at(-1) as string });
      expect([...first, ...rest]).toEqual(all);
      const memberships = await facts.memberships(ada, [other, group]);
      expect(memberships.map((membership) => membership?.state)).toEqual([undefined, 'member']);
    });

    it('say that two share a group only when it admits partners and both are in it now', async () => {
      const acme = await network.givenOrganisation();
      const partner = await network.givenPartner({ organisationId: acme, sponsorId: ada });
      const closed = await network.givenGroup({ owners: [ada], members: [partner] });
      await network.settled();
      expect(await facts.sharesGroup(partner, ada)).toBe(false);
      await onGroup(closed, happened('groupPartnerAdmissionChanged', { admitsPartners: true, by: ada }));
      expect(await facts.sharesGroup(partner, ada)).toBe(true);
      expect(await facts.sharesGroup(partner, bob)).toBe(false);
      await onMember(closed, partner, happened('memberRemoved', { personId: partner, by: ada, reason: '' }));
      expect(await facts.sharesGroup(partner, ada)).toBe(false);
    });
  });

  it('are the same after the view was built anew', async () => {
    const group = await network.givenGroup({ owners: [ada] });
    await network.settled();
    expect(await facts.groupIdsOf(ada)).toEqual([group]);
    await service.rebuild('accessFacts');
    expect(await facts.groupIdsOf(ada)).toEqual([group]);
    await network.emit('group', `group/${group}/member/${ada}`, [happened('memberLeft', { personId: ada })]);
    await network.settled();
    expect(await facts.groupIdsOf(ada)).toEqual([]);
  });
});
