/** Reads of groups, members, audience. Visibility first: what the viewer may not know of is not found. */
import { isActive, isMember, mayRead } from '@parvis/access/src/mayRead.ts';
import type {
  Audience,
  Group,
  ListGroupsRequest,
  ListGroupsResponse,
  ListMembersRequest,
  ListMembersResponse,
  Member,
} from '@parvis/contracts/gen/parvis/group/v1/service.ts';
import { LANE_COUNT } from '@parvis/kit/ports/eventLog.ts';
import type { IndexKey } from '@parvis/kit/ports/views.ts';
import { invalid, notFound } from '@parvis/kit/runtime/errors.ts';
import { groupStream, isSimpleId, memberStream } from '@parvis/kit/runtime/ids.ts';
import type { Entered, ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import type { EmployeeCountRow } from '../views/employeesProjection.ts';
import { foldName, type GroupRow, type MemberRow, type MemberRowState } from '../views/groupsView.ts';
import { abilitiesOf, moderates, mustModerate, mustRead, type Standing, standingIn } from './standing.ts';

export const PAGE_LIMITS = { groups: 100, members: 200, ids: 200 } as const;
/** Index pages read to fill one page of groups; a sparse page answers with a cursor instead of searching on. */
const MAX_SCANS = 20;
/** Partner members looked at for an audience. */
const MAX_PARTNERS = 5000;

/** @throws invalid when the limit is out of bounds; 0 is the default. */
export const pageLimit = (limit: number, most: number): number => {
  if (limit > most) throw invalid('limit', `1 to ${most}`);
  return limit === 0 ? Math.min(50, most) : limit;
};

const membershipWord = ({ membership }: Standing): string => {
  if (!membership) return 'none';
  return membership.state === 'member' ? membership.role : membership.state;
};

/** A group as the viewer may see it: counters and owners only for who reads its content. */
const presentGroup = (entered: Entered, standing: Standing, row: GroupRow): Group => {
  const { readable } = standing;
  return {
    id: row.id,
    name: row.name,
    purpose: row.purpose,
    privacy: row.privacy,
    admitsPartners: row.admitsPartners,
    language: row.language,
    imageFileId: row.imageFileId,
    archived: row.archived,
    ownerIds: readable || entered.viewer.person.kind === 'employee' ? [...row.owners] : [],
    memberCount: readable ? row.members : 0,
    partnerCount: readable ? row.partners : 0,
    membership: membershipWord(standing),
    readable,
    version: row.version,
    createdAt: new Date(row.createdAtMs),
    abilities: abilitiesOf(entered, standing),
    takenOverReason: isMember(standing.membership) ? row.takenOverReason : '',
  };
};

/** The reason of a take-over is the taker's own text: sealed in the row, opened here. */
const openReasons = async (runtime: ServiceRuntime, groups: readonly Group[]): Promise<Group[]> => {
  const texts = groups.map((group) => ({ stream: groupStream(group.id), field: 'reason', text: group.takenOverReason }));
  const opened = await runtime.codec.openTexts(texts);
  return groups.map((group, index) => ({ ...group, takenOverReason: opened[index] ?? '' }));
};

export const getGroup = async (runtime: ServiceRuntime, entered: Entered, groupId: string): Promise<Group> => {
  const standing = await standingIn(runtime, entered, groupId);
  const row = await runtime.view('groups').get<GroupRow>('groups', groupId);
  if (!row) throw notFound('group');
  const [group] = await openReasons(runtime, [presentGroup(entered, standing, row)]);
  return group as Group;
};

/** Presents the rows the viewer may know of, in their order. */
const presentVisible = async (runtime: ServiceRuntime, entered: Entered, rows: readonly GroupRow[]): Promise<Group[]> => {
  const ids = rows.map((row) => row.id);
  const [groups, memberships] = await Promise.all([runtime.facts.groups(ids), runtime.facts.memberships(entered.personId, ids)]);
  const shown = rows.flatMap((row, index) => {
    const group = groups[index];
    const membership = memberships[index];
    if (!group || !mayRead(entered.viewer, { kind: 'group-card', group, membership }, entered.nowMs)) return [];
    const closed = entered.viewer.person.kind === 'partner' || group.privacy !== 'open';
    if (closed && !runtime.factsFresh()) return [];
    const readable = mayRead(entered.viewer, { kind: 'group-content', group, membership }, entered.nowMs);
    return [presentGroup(entered, { group, membership, readable }, row)];
  });
  return openReasons(runtime, shown);
};

export const getGroups = async (runtime: ServiceRuntime, entered: Entered, groupIds: readonly string[]): Promise<Group[]> => {
  if (groupIds.length > PAGE_LIMITS.ids) throw invalid('groupIds', `at most ${PAGE_LIMITS.ids}`);
  const rows = await runtime.view('groups').getMany<GroupRow>('groups', groupIds.filter(isSimpleId));
  return presentVisible(
    runtime,
    entered,
    rows.filter((row) => row !== undefined),
  );
};

interface GroupsCursor {
  readonly after: IndexKey;
}

const matches = (row: GroupRow, request: ListGroupsRequest): boolean => {
  if (row.archived && !request.includeArchived) return false;
  const words = foldName(request.query).split(/\s+/).filter(Boolean);
  const names = foldName(row.name).split(/[^\p{L}\p{N}]+/u);
  return words.every((word) => names.some((name) => name.startsWith(word)));
};

/** The viewer's own groups in order of name; all of them are loaded, the page is cut from them. */
const myGroups = async (runtime: ServiceRuntime, entered: Entered, request: ListGroupsRequest, limit: number, after?: IndexKey) => {
  const ids = await runtime.facts.groupIdsOf(entered.personId);
  const rows = await runtime.view('groups').getMany<GroupRow>('groups', ids);
  const keyed = rows
    .filter((row) => row !== undefined)
    .filter((row) => matches(row, request))
    .map((row) => ({ row, key: `${foldName(row.name)}\n${row.id}` }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const from = after === undefined ? 0 : keyed.findIndex(({ key }) => key > `${after[0]}\n${after[1]}`);
  const page = from < 0 ? [] : keyed.slice(from, from + limit);
  const groups = await presentVisible(
    runtime,
    entered,
    page.map(({ row }) => row),
  );
  const last = page.at(-1)?.row;
  const more = from >= 0 && from + limit < keyed.length && last !== undefined;
  return { groups, next: more ? [foldName(last.name), last.id] : undefined };
};

const allGroups = async (runtime: ServiceRuntime, entered: Entered, request: ListGroupsRequest, limit: number, from?: IndexKey) => {
  const groups: Group[] = [];
  let after = from;
  for (let scan = 0; scan < MAX_SCANS; scan += 1) {
    const options = { limit, ...(after === undefined ? {} : { after }) };
    const entries = await runtime.view('groups').range<GroupRow>('groups', 'byName', options);
    for (const entry of entries) {
      if (groups.length === limit) return { groups, next: after };
      after = entry.indexKey;
      if (matches(entry.row, request)) groups.push(...(await presentVisible(runtime, entered, [entry.row])));
    }
    if (entries.length < limit) return { groups, next: undefined };
  }
  return { groups, next: after };
};

export const listGroups = async (runtime: ServiceRuntime, entered: Entered, request: ListGroupsRequest): Promise<ListGroupsResponse> => {
  const limit = pageLimit(request.limit, PAGE_LIMITS.groups);
  const after = request.cursor ? runtime.sealer.open<GroupsCursor>('cursor', request.cursor).after : undefined;
  const scope = request.scope || 'mine';
  if (scope !== 'mine' && scope !== 'all') throw invalid('scope', 'mine or all');
  // A partner's list holds their groups only: the others do not exist for them.
  const list = scope === 'mine' || entered.viewer.person.kind === 'partner' ? myGroups : allGroups;
  const { groups, next } = await list(runtime, entered, request, limit, after);
  return { groups, nextCursor: next === undefined ? '' : runtime.sealer.seal('cursor', { after: next }) };
};

const STATES: readonly MemberRowState[] = ['member', 'requested', 'invited', 'banned'];

const presentMembers = async (runtime: ServiceRuntime, rows: readonly MemberRow[], withMessages: boolean): Promise<Member[]> => {
  const messages = withMessages
    ? await runtime.codec.openTexts(
        rows.map((row) => ({ stream: memberStream(row.groupId, row.personId), field: 'message', text: row.message })),
      )
    : [];
  return rows.map((row, index) => ({
    personId: row.personId,
    role: row.role,
    since: new Date(row.sinceMs),
    state: row.state,
    message: messages[index] ?? '',
  }));
};

export const listMembers = async (runtime: ServiceRuntime, entered: Entered, request: ListMembersRequest): Promise<ListMembersResponse> => {
  const standing = await standingIn(runtime, entered, request.groupId);
  mustRead(standing);
  const state = (request.state || 'member') as MemberRowState;
  if (!STATES.includes(state)) throw invalid('state', STATES.join(', '));
  if (state !== 'member') mustModerate(standing);
  const limit = pageLimit(request.limit, PAGE_LIMITS.members);
  const after = request.cursor ? runtime.sealer.open<GroupsCursor>('cursor', request.cursor).after : undefined;
  const options = { prefix: [request.groupId, state], limit, ...(after === undefined ? {} : { after }) };
  const entries = await runtime.view('groups').range<MemberRow>('members', 'byGroup', options);
  const group = await runtime.view('groups').get<GroupRow>('groups', request.groupId);
  const members = await presentMembers(
    runtime,
    entries.map((entry) => entry.row),
    moderates(standing),
  );
  const last = entries.length === limit ? entries.at(-1)?.indexKey : undefined;
  return {
    members,
    nextCursor: last === undefined ? '' : runtime.sealer.seal('cursor', { after: last }),
    total: state === 'member' ? (group?.members ?? 0) : 0,
  };
};

const employeesOfNetwork = async (runtime: ServiceRuntime): Promise<number> => {
  const lanes = Array.from({ length: LANE_COUNT }, (_, lane) => String(lane));
  const rows = await runtime.view('employees').getMany<EmployeeCountRow>('counts', lanes);
  return rows.reduce((sum, row) => sum + (row?.count ?? 0), 0);
};

/** Partners who can really read now, by organisation: expired and suspended ones are not counted. */
const partnersByOrganisation = async (runtime: ServiceRuntime, groupId: string, nowMs: number): Promise<Map<string, number>> => {
  const entries = await runtime.view('groups').range<MemberRow>('members', 'partners', { prefix: [groupId], limit: MAX_PARTNERS });
  const people = await runtime.facts.persons(entries.map((entry) => entry.row.personId));
  const counts = new Map<string, number>();
  for (const person of people) {
    if (!person || !isActive(person, await runtime.facts.organisation(person.organisationId), nowMs)) continue;
    counts.set(person.organisationId, (counts.get(person.organisationId) ?? 0) + 1);
  }
  return counts;
};

/** Who will read what is written in the group: "42 employees and 3 people from Acme". */
export const getAudience = async (runtime: ServiceRuntime, entered: Entered, groupId: string): Promise<Audience> => {
  const standing = await standingIn(runtime, entered, groupId);
  mustRead(standing);
  const row = await runtime.view('groups').get<GroupRow>('groups', groupId);
  if (!row) throw notFound('group');
  const everyEmployee = standing.group.privacy === 'open';
  const partners = standing.group.admitsPartners
    ? await partnersByOrganisation(runtime, groupId, entered.nowMs)
    : new Map<string, number>();
  return {
    employees: everyEmployee ? await employeesOfNetwork(runtime) : row.members - row.partners,
    partners: [...partners].map(([organisationId, people]) => ({ organisationId, people })),
    everyEmployee,
  };
};

/** What the viewer is in each of their groups, as a JSON document. */
export const exportMyGroups = async (runtime: ServiceRuntime, entered: Entered): Promise<Uint8Array> => {
  const ids = await runtime.facts.groupIdsOf(entered.personId);
  const groups = await getGroups(runtime, entered, ids.slice(0, PAGE_LIMITS.ids));
  const memberships = groups.map(({ id, name, membership }) => ({ groupId: id, name, role: membership }));
  return new TextEncoder().encode(JSON.stringify({ memberships }, null, 2));
};
