import { describe, expect, it } from '@jest/globals';
import type { GroupFacts, PersonFacts } from '@parvis/access/src/facts.ts';
import type { Entered, ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { groupAccess, groupAccesses, groupIdOf, postIdOf } from './access.ts';

const group = (id: string, privacy: GroupFacts['privacy']): GroupFacts => ({ id, privacy, admitsPartners: true, archived: false });
const GROUPS = new Map([group('aaaa', 'open'), group('bbbb', 'restricted'), group('cccc', 'hidden')].map((one) => [one.id, one]));

const runtime = (fresh: boolean, member: boolean): ServiceRuntime => {
  const membership = (groupId: string, personId: string) =>
    member ? { groupId, personId, state: 'member' as const, role: 'member' as const } : undefined;
  const facts = {
    group: async (id: string) => GROUPS.get(id),
    groups: async (ids: string[]) => ids.map((id) => GROUPS.get(id)),
    membership: async (groupId: string, personId: string) => membership(groupId, personId),
    memberships: async (personId: string, ids: string[]) => ids.map((id) => membership(id, personId)),
  };
  return { facts, factsFresh: () => fresh } as unknown as ServiceRuntime;
};

const entered = (kind: PersonFacts['kind']): Entered => ({
  personId: 'p',
  nowMs: 0,
  viewer: {
    kind: 'person',
    person: { id: 'p', kind, status: 'active', roles: ['member'], organisationId: 'o', sponsorId: '' },
    organisation: { id: 'o', host: true, state: 'active', sponsorId: '' },
    sponsor: undefined,
  },
});

const outcome = async (fresh: boolean, member: boolean, kind: PersonFacts['kind'], id: string): Promise<string> => {
  try {
    return (await groupAccess(runtime(fresh, member), entered(kind), id)) ? 'read' : 'none';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('while facts lag behind their owners', () => {
  it('only employees are answered, and only about open groups', async () => {
    expect(await outcome(false, true, 'employee', 'aaaa')).toBe('read');
    expect(await outcome(false, true, 'employee', 'bbbb')).toBe('access.stale');
    expect(await outcome(false, true, 'employee', 'cccc')).toBe('access.stale');
    expect(await outcome(false, true, 'partner', 'aaaa')).toBe('access.stale');
    await expect(groupAccesses(runtime(false, true), entered('employee'), ['aaaa', 'cccc'])).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('nobody learns of a group they may not know', async () => {
    for (const id of ['bbbb', 'cccc', 'dddd']) expect(await outcome(false, false, 'employee', id)).toBe('none');
  });

  it('everybody is answered once they are fresh', async () => {
    for (const kind of ['employee', 'partner'] as const) {
      for (const id of ['aaaa', 'bbbb', 'cccc']) expect(await outcome(true, true, kind, id)).toBe('read');
    }
  });
});

describe('ids', () => {
  it('name their group and post, or nothing', () => {
    expect([groupIdOf('aaaa.bbbb'), postIdOf('aaaa.bbbb.cccc')]).toEqual(['aaaa', 'aaaa.bbbb']);
    for (const bad of ['', 'aaaa', '.', 'aaaa.', '.bbbb', 'aaaa.bbbb.cccc', 'AAAA.bbbb', 'aaaa.b/b'])
      expect(groupIdOf(bad)).toBeUndefined();
    for (const bad of ['', 'aaaa.bbbb', 'aaaa.bbbb.', 'aaaa.bbbb.cccc.dddd', 'aaaa.bb/b.cccc']) expect(postIdOf(bad)).toBeUndefined();
  });
});
