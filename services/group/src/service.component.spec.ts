import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GroupPrivacy, MemberRole } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import { CreateGroup, ExecuteRequest, type ExecuteResponse, GroupServiceService } from '@parvis/contracts/gen/parvis/group/v1/service.ts';
import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import { randomId } from '@parvis/kit/runtime/ids.ts';
import type { Client } from '@parvis/kit/runtime/rpc.ts';
import { createFakeNetwork, type FakeNetwork } from '@parvis/kit/testing/fakeNetwork.ts';
import { createGroupService } from './service.ts';

type Command = NonNullable<ExecuteRequest['command']>;

let network: FakeNetwork;
let groups: Client<GroupServiceService>;
let ada: string;
let ben: string;

beforeEach(async () => {
  network = await createFakeNetwork();
  groups = network.client(await network.start(createGroupService(await network.ports('group'))), GroupServiceService);
  ada = await network.givenEmployee();
  ben = await network.givenEmployee();
  await network.settled();
});
afterEach(() => network.close());

const run = async (personId: string, command: Command, extra: Partial<ExecuteRequest> = {}): Promise<ExecuteResponse> => {
  const answer = await groups.execute(
    ExecuteRequest.fromPartial({ command, idempotencyKey: randomId(), ...extra }),
    network.contextFor(personId),
  );
  await network.settled();
  return answer;
};
const create = (owner: string, wished: Partial<CreateGroup> = {}, extra: Partial<ExecuteRequest> = {}): Promise<ExecuteResponse> => {
  const value = CreateGroup.fromPartial({ name: 'Lamps', purpose: 'About lamps', privacy: GroupPrivacy.OPEN, ...wished });
  return run(owner, { $case: 'createGroup', value }, extra);
};
const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
    return 'allowed';
  } catch (error) {
    if (isParvisError(error)) return error.code;
    throw error;
  }
};
const see = async (personId: string, groupId: string) => (await groups.getGroup({ groupId }, network.contextFor(personId))).group;

describe('a group', () => {
  it('is created with its creator as owner and member', async () => {
    const { id, version } = await create(ada);
    expect(await see(ada, id)).toMatchObject({ id, name: 'Lamps', membership: 'owner', memberCount: 1, ownerIds: [ada], version });
  });

  it('is created once by a repeated command, and another request under the same key is told apart', async () => {
    const key = { idempotencyKey: 'once' };
    const first = await create(ada, {}, key);
    const again = await create(ada, {}, key);
    expect(again).toMatchObject({ id: first.id, duplicate: true, version: first.version });
    expect(await codeOf(create(ada, { name: 'Other' }, key))).toBe('idempotency-mismatch');
    const { groups: mine } = await groups.listGroups(
      { scope: 'mine', cursor: '', limit: 0, includeArchived: false, query: '' },
      network.contextFor(ada),
    );
    expect(mine).toHaveLength(1);
  });

  it('answers a stale version with a failed precondition and changes nothing', async () => {
    const { id, version } = await create(ada);
    const change = { $case: 'changeGroup', value: { groupId: id, name: 'Torches' } } as Command;
    expect(await codeOf(run(ada, change, { expectedVersion: version + 5 }))).toBe('precondition-failed');
    expect((await see(ada, id))?.name).toBe('Lamps');
    await run(ada, change, { expectedVersion: version });
    expect((await see(ada, id))?.name).toBe('Torches');
  });

  it('is changed by its owners alone', async () => {
    const { id } = await create(ada);
    expect(await codeOf(run(ben, { $case: 'archiveGroup', value: { groupId: id } }))).toBe('group.owners-only');
  });

  it('never loses its last owner', async () => {
    const { id } = await create(ada);
    expect(await codeOf(run(ada, { $case: 'leaveGroup', value: { groupId: id } }))).toBe('group.last-owner');
    await run(ben, { $case: 'joinGroup', value: { groupId: id, message: '' } });
    await run(ada, { $case: 'changeMemberRole', value: { groupId: id, personId: ben, role: MemberRole.OWNER } });
    await run(ada, { $case: 'leaveGroup', value: { groupId: id } });
    expect(await see(ben, id)).toMatchObject({ ownerIds: [ben], memberCount: 1, membership: 'owner' });
  });

  it('keeps one owner when two owners leave at once', async () => {
    const { id } = await create(ada);
    await run(ben, { $case: 'joinGroup', value: { groupId: id, message: '' } });
    await run(ada, { $case: 'changeMemberRole', value: { groupId: id, personId: ben, role: MemberRole.OWNER } });
    const leave: Command = { $case: 'leaveGroup', value: { groupId: id } };
    const codes = await Promise.all([codeOf(run(ada, leave)), codeOf(run(ben, leave))]);
    expect(codes.sort()).toEqual(['allowed', 'group.last-owner']);
  });

  it('is taken over by an administrator, openly', async () => {
    const root = await network.givenEmployee({ roles: ['administrator'] });
    await network.settled();
    const { id } = await create(ada, { privacy: GroupPrivacy.HIDDEN });
    const takeOver: Command = { $case: 'takeOverGroup', value: { groupId: id, reason: 'The owner has left the company' } };
    expect(await codeOf(run(ben, takeOver))).toBe('not-found');
    await run(root, takeOver);
    expect(await see(ada, id)).toMatchObject({ takenOverReason: 'The owner has left the company', memberCount: 2 });
  });

  it('is archived and reopened', async () => {
    const { id } = await create(ada);
    await run(ada, { $case: 'archiveGroup', value: { groupId: id } });
    expect(await codeOf(run(ben, { $case: 'joinGroup', value: { groupId: id, message: '' } }))).toBe('group.archived');
    await run(ada, { $case: 'reopenGroup', value: { groupId: id } });
    expect((await run(ben, { $case: 'joinGroup', value: { groupId: id, message: '' } })).outcome).toBe('joined');
  });
});

describe('joining', () => {
  it('asks for approval in a restricted group, and tells the message to who decides only', async () => {
    const { id } = await create(ada, { privacy: GroupPrivacy.RESTRICTED });
    const asked = await run(ben, { $case: 'joinGroup', value: { groupId: id, message: 'I make lamps' } });
    expect(asked.outcome).toBe('requested');
    const list = (personId: string) =>
      groups.listMembers({ groupId: id, state: 'requested', cursor: '', limit: 0 }, network.contextFor(personId));
    expect((await list(ada)).members).toMatchObject([{ personId: ben, message: 'I make lamps' }]);
    expect(await codeOf(list(ben))).toBe('group.not-a-member');
    await run(ada, { $case: 'approveRequest', value: { groupId: id, personId: ben } });
    expect(await see(ben, id)).toMatchObject({ membership: 'member', readable: true, memberCount: 2 });
  });

  it('is declined with a reason, and can be asked again', async () => {
    const { id } = await create(ada, { privacy: GroupPrivacy.RESTRICTED });
    const join: Command = { $case: 'joinGroup', value: { groupId: id, message: '' } };
    await run(ben, join);
    await run(ada, { $case: 'declineRequest', value: { groupId: id, personId: ben, reason: 'Not now' } });
    expect((await see(ben, id))?.membership).toBe('none');
    expect((await run(ben, join)).outcome).toBe('requested');
  });

  it('of a hidden group takes an invitation; without one it does not exist', async () => {
    const { id } = await create(ada, { privacy: GroupPrivacy.HIDDEN });
    const join: Command = { $case: 'joinGroup', value: { groupId: id, message: '' } };
    expect(await codeOf(run(ben, join))).toBe('not-found');
    expect(await codeOf(groups.getGroup({ groupId: id }, network.contextFor(ben)))).toBe('not-found');
    await run(ada, { $case: 'inviteMember', value: { groupId: id, personId: ben, expiresAt: undefined } });
    expect(await see(ben, id)).toMatchObject({ membership: 'invited', readable: false, memberCount: 0 });
    expect((await run(ben, join)).outcome).toBe('joined');
  });

  it('by invitation ends when the invitation does', async () => {
    const { id } = await create(ada, { privacy: GroupPrivacy.HIDDEN });
    const expiresAt = new Date(network.clock.now().getTime() + 3_600_000);
    await run(ada, { $case: 'inviteMember', value: { groupId: id, personId: ben, expiresAt } });
    network.clock.advance(3_600_001);
    expect(await codeOf(run(ben, { $case: 'joinGroup', value: { groupId: id, message: '' } }))).toBe('not-found');
  });

  it('is refused to someone excluded, who no longer reads an open group either', async () => {
    const { id } = await create(ada);
    const join: Command = { $case: 'joinGroup', value: { groupId: id, message: '' } };
    await run(ben, join);
    await run(ada, { $case: 'banMember', value: { groupId: id, personId: ben, reason: 'spam' } });
    expect(await codeOf(run(ben, join))).toBe('group.banned');
    expect(await see(ben, id)).toMatchObject({ readable: false, membership: 'banned' });
  });

  it('counts members as the set of members, also when many join at once', async () => {
    const { id } = await create(ada);
    const people = await Promise.all(Array.from({ length: 20 }, () => network.givenEmployee()));
    await network.settled();
    const join: Command = { $case: 'joinGroup', value: { groupId: id, message: '' } };
    await Promise.all(people.flatMap((person) => [run(person, join), run(person, join)]));
    expect((await see(ada, id))?.memberCount).toBe(21);
    await Promise.all(people.slice(0, 5).map((person) => run(person, { $case: 'leaveGroup', value: { groupId: id } })));
    expect((await see(ada, id))?.memberCount).toBe(16);
  });
});

describe('partners', () => {
  let acme: string;
  let pia: string;
  beforeEach(async () => {
    acme = await network.givenOrganisation({ sponsorId: ada });
    pia = await network.givenPartner({ organisationId: acme, sponsorId: ada });
    await network.settled();
  });

  it('see the groups they are members of and that admit partners, and nothing else', async () => {
    const shared = (await create(ada, { privacy: GroupPrivacy.RESTRICTED, admitsPartners: true })).id;
    const open = (await create(ada)).id;
    await run(ada, { $case: 'inviteMember', value: { groupId: shared, personId: pia, expiresAt: undefined } });
    await run(pia, { $case: 'joinGroup', value: { groupId: shared, message: '' } });
    expect(await see(pia, shared)).toMatchObject({ membership: 'member', partnerCount: 1 });
    expect(await codeOf(groups.getGroup({ groupId: open }, network.contextFor(pia)))).toBe('not-found');
    expect(await codeOf(run(pia, { $case: 'joinGroup', value: { groupId: open, message: '' } }))).toBe('not-found');
    const { groups: all } = await groups.listGroups(
      { scope: 'all', cursor: '', limit: 0, includeArchived: true, query: '' },
      network.contextFor(pia),
    );
    expect(all.map((group) => group.id)).toEqual([shared]);
  });

  it('are counted by organisation in the audience, those with access only', async () => {
    const { id } = await create(ada, { privacy: GroupPrivacy.RESTRICTED, admitsPartners: true });
    await network.givenMember(id, pia);
    await network.settled();
    const audience = async () => (await groups.getAudience({ groupId: id }, network.contextFor(ada))).audience;
    expect(await audience()).toEqual({ employees: 1, everyEmployee: false, partners: [{ organisationId: acme, people: 1 }] });
    await network.emit('identity', `organisation/${acme}`, [{ $case: 'organisationSuspended', value: { by: ada, reason: '' } }]);
    await network.settled();
    expect((await audience())?.partners).toEqual([]);
  });

  it('are invited by owners only, into groups that admit them', async () => {
    const { id } = await create(ada);
    await run(ben, { $case: 'joinGroup', value: { groupId: id, message: '' } });
    const invite: Command = { $case: 'inviteMember', value: { groupId: id, personId: pia, expiresAt: undefined } };
    expect(await codeOf(run(ben, invite))).toBe('group.owners-only');
    expect(await codeOf(run(ada, invite))).toBe('group.no-partners');
  });

  it('join the groups of an accepted invitation of the network', async () => {
    const { id } = await create(ada, { privacy: GroupPrivacy.RESTRICTED, admitsPartners: true });
    const closed = (await create(ada, { privacy: GroupPrivacy.RESTRICTED })).id;
    await network.emit('identity', `person/${pia}/invitation/${randomId()}`, [
      { $case: 'invitationAccepted', value: { groupIds: [id, closed] } },
    ]);
    await network.settled();
    expect((await see(pia, id))?.membership).toBe('member');
    expect(await codeOf(groups.getGroup({ groupId: closed }, network.contextFor(pia)))).toBe('not-found');
  });

  it('lose everything when the group stops admitting them', async () => {
    const { id } = await create(ada, { privacy: GroupPrivacy.RESTRICTED, admitsPartners: true });
    await network.givenMember(id, pia);
    await network.settled();
    await run(ada, { $case: 'changeGroup', value: { groupId: id, admitsPartners: false } });
    expect(await codeOf(groups.getGroup({ groupId: id }, network.contextFor(pia)))).toBe('not-found');
  });
});

describe('lists', () => {
  it('page by name without repeats or holes, hidden groups left out', async () => {
    const names = ['Écluse', 'delta', 'Anse', 'Baie', 'cap', 'Zone'];
    for (const name of names) await create(ada, { name });
    await create(ada, { name: 'Secret', privacy: GroupPrivacy.HIDDEN });
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await groups.listGroups({ scope: 'all', cursor, limit: 2, includeArchived: false, query: '' }, network.contextFor(ben));
      seen.push(...page.groups.map((group) => group.name));
      cursor = page.nextCursor;
    } while (cursor !== '');
    expect(seen).toEqual(['Anse', 'Baie', 'cap', 'delta', 'Écluse', 'Zone']);
  });

  it('refuse foreign cursors and pages over the limit', async () => {
    const list = (extra: object) =>
      groups.listGroups({ scope: 'all', cursor: '', limit: 0, includeArchived: false, query: '', ...extra }, network.contextFor(ben));
    expect(await codeOf(list({ cursor: 'made-up' }))).toBe('invalid');
    expect(await codeOf(list({ limit: 101 }))).toBe('invalid');
  });
});

describe('erasure', () => {
  it('gives a group of somebody erased to its longest-serving member', async () => {
    const { id } = await create(ada);
    await run(ben, { $case: 'joinGroup', value: { groupId: id, message: '' } });
    await network.emit('identity', `person/${ada}`, [{ $case: 'personErased', value: { by: ben, contributions: false } }]);
    await network.settled();
    expect(await see(ben, id)).toMatchObject({ ownerIds: [ben], memberCount: 1, membership: 'owner' });
  });
});

describe('audit', () => {
  it('is for administrators, newest first, by group', async () => {
    const root = await network.givenEmployee({ roles: ['administrator'] });
    await network.settled();
    const { id } = await create(ada);
    const list = (personId: string) => groups.listAudit({ cursor: '', limit: 0, subject: `group/${id}` }, network.contextFor(personId));
    expect(await codeOf(list(ada))).toBe('administrators-only');
    const types = (await list(root)).entries.map((entry) => entry.type.split('.').at(-1));
    expect(types).toEqual(['MemberJoined', 'GroupOwnerAdded', 'GroupCreated']);
  });
});
