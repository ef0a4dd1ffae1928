import type { GroupFacts, MembershipFacts, OrganisationFacts, PersonFacts } from '@parvis/access/src/facts.ts';
import type { PersonViewer } from '@parvis/access/src/mayRead.ts';
import type { IndexKey } from '../ports/views.ts';
import type { AccessFacts } from './accessFacts.ts';
import type { CachedView } from './cachedView.ts';
import {
  type AccountFactRow,
  type GroupFactRow,
  type MembershipFactRow,
  membershipKey,
  type OrganisationFactRow,
  type PersonFactRow,
} from './factRows.ts';
import { roleIn } from './groupFacts.ts';
import { personFactsOf } from './personFacts.ts';

export const MAX_GROUPS_OF_PERSON = 5000;
export const MAX_OPEN_GROUPS = 50_000;
export const MAX_MODERATORS = 1000;
export const MAX_ROLE_HOLDERS = 10_000;
/** An account is linked to one person; more rows are what a repair left behind. */
const MAX_ACCOUNT_ROWS = 20;
const PAGE = 10_000;

const groupFactsOf = (row: GroupFactRow | undefined): GroupFacts | undefined =>
  row === undefined ? undefined : { id: row.id, privacy: row.privacy, admitsPartners: row.admitsPartners, archived: row.archived };

const organisationFactsOf = (row: OrganisationFactRow | undefined): OrganisationFacts | undefined =>
  row === undefined
    ? undefined
    : {
        id: row.id,
        host: row.host,
        state: row.state,
        sponsorId: row.sponsorId,
        ...(row.expiresAtMs === null ? {} : { expiresAtMs: row.expiresAtMs }),
      };

const membershipFactsOf = (row: MembershipFactRow | undefined, group: GroupFactRow | undefined): MembershipFacts | undefined =>
  row === undefined
    ? undefined
    : {
        groupId: row.groupId,
        personId: row.personId,
        state: row.state,
        role: roleIn(row, group),
        ...(row.invitedUntilMs === null ? {} : { invitedUntilMs: row.invitedUntilMs }),
      };

/** Last values of the index keys under a prefix, up to `max`. */
const listIds = async (view: CachedView, collection: string, index: string, prefix: IndexKey, max: number): Promise<string[]> => {
  const ids: string[] = [];
  let after: IndexKey | undefined;
  while (ids.length < max) {
    const limit = Math.min(PAGE, max - ids.length);
    const page = await view.range(collection, index, { prefix, limit, ...(after === undefined ? {} : { after }) });
    for (const entry of page) ids.push(entry.indexKey.at(-1) as string);
    if (page.length < limit) break;
    after = page.at(-1)?.indexKey;
  }
  return ids;
};

const factsOfPersons = (
  view: CachedView,
): Pick<AccessFacts, 'person' | 'persons' | 'personIdByAccount' | 'organisation' | 'personIdsWithRole' | 'viewer'> => {
  const person = async (personId: string): Promise<PersonFacts | undefined> =>
    personFactsOf(await view.get<PersonFactRow>('persons', personId));
  const organisation = async (organisationId: string): Promise<OrganisationFacts | undefined> =>
    organisationFactsOf(await view.get<OrganisationFactRow>('organisations', organisationId));
  const persons = async (personIds: readonly string[]): Promise<(PersonFacts | undefined)[]> =>
    (await view.getMany<PersonFactRow>('persons', personIds)).map(personFactsOf);
  return {
    person,
    persons,
    organisation,
    personIdByAccount: (issuer, subject) =>
      view.list('accounts', JSON.stringify([issuer, subject]), async () => {
        const rows = await view.range<AccountFactRow>('accounts', 'account', { prefix: [issuer, subject], limit: MAX_ACCOUNT_ROWS });
        const ids = rows.map((entry) => entry.row.personId);
        if (ids.length < 2) return ids[0];
        // Two persons claim the account: one who may still act goes before one who may not, then the smaller id.
        const known = await persons(ids);
        return known.find((facts) => facts?.status === 'active')?.id ?? ids[0];
      }),
    personIdsWithRole: (role) => listIds(view, 'persons', 'role', [role], MAX_ROLE_HOLDERS),
    async viewer(personId): Promise<PersonViewer | undefined> {
      const facts = await person(personId);
      if (facts === undefined) return undefined;
      const sponsor = facts.sponsorId === '' ? undefined : await person(facts.sponsorId);
      return { kind: 'person', person: facts, organisation: await organisation(facts.organisationId), sponsor };
    },
  };
};

/** @param view the facts view, cached: many answers are needed per page. */
export const createViewFacts = (view: CachedView): AccessFacts => {
  const groupRows = (groupIds: readonly string[]): Promise<(GroupFactRow | undefined)[]> => view.getMany<GroupFactRow>('groups', groupIds);
  const memberships = async (personId: string, groupIds: readonly string[]): Promise<(MembershipFacts | undefined)[]> => {
    const rows = await view.getMany<MembershipFactRow>(
      'memberships',
      groupIds.map((groupId) => membershipKey(groupId, personId)),
    );
    const groups = await groupRows(groupIds);
    return rows.map((row, index) => membershipFactsOf(row, groups[index]));
  };
  const groupIdsOf = (personId: string): Promise<string[]> =>
    view.list('memberships', `of ${personId}`, () => listIds(view, 'memberships', 'person', [personId], MAX_GROUPS_OF_PERSON));
  return {
    ...factsOfPersons(view),
    group: async (groupId) => groupFactsOf((await groupRows([groupId]))[0]),
    groups: async (groupIds) => (await groupRows(groupIds)).map(groupFactsOf),
    membership: async (groupId, personId) => (await memberships(personId, [groupId]))[0],
    memberships,
    groupIdsOf,
    restrictedGroupIds: () => view.list('groups', 'restricted', () => listIds(view, 'groups', 'restricted', [], MAX_OPEN_GROUPS)),
    bannedGroupIdsOf: (personId) =>
      view.list('memberships', `bans of ${personId}`, () => listIds(view, 'memberships', 'banned', [personId], MAX_GROUPS_OF_PERSON)),
    openGroupIds: () => view.list('groups', 'open', () => listIds(view, 'groups', 'open', [], MAX_OPEN_GROUPS)),
    async memberIds(groupId, { after, limit }) {
      const options = { prefix: [groupId], limit, ...(after === undefined ? {} : { after: [groupId, after] }) };
      const page = await view.range('memberships', 'group', options);
      return page.map((entry) => entry.indexKey.at(-1) as string);
    },
    async moderatorIds(groupId) {
      const [group] = await groupRows([groupId]);
      const owners = group?.owners ?? [];
      const keys = owners.map((owner) => membershipKey(groupId, owner));
      const present = await view.getMany<MembershipFactRow>('memberships', keys);
      const here = owners.filter((_, index) => present[index]?.state === 'member');
      const moderators = await listIds(view, 'memberships', 'moderators', [groupId], MAX_MODERATORS);
      return [...new Set([...here, ...moderators])].sort();
    },
    async sharesGroup(personId, otherId) {
      const mine = await groupIdsOf(personId);
      const theirs = new Set(await groupIdsOf(otherId));
      const both = mine.filter((groupId) => theirs.has(groupId));
      return (await groupRows(both)).some((group) => group?.admitsPartners === true);
    },
  };
};
