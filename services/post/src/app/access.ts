/** What a caller may see and do in a group: facts in, `mayRead` decides, everything else asks here. */
import type { GroupFacts, MembershipFacts } from '@parvis/access/src/facts.ts';
import { isMember, isNetworkModerator, mayRead } from '@parvis/access/src/mayRead.ts';
import { notFound, unavailable } from '@parvis/kit/runtime/errors.ts';
import { groupOfPost, isSimpleId } from '@parvis/kit/runtime/ids.ts';
import type { Entered, ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { type Actor, isModerator } from '../domain/actor.ts';

export interface GroupAccess {
  readonly group: GroupFacts;
  readonly membership: MembershipFacts | undefined;
  readonly actor: Actor;
  /** Sees hidden items of others, with the reason: moderators of the group, and of the network while a report is open. */
  readonly seesHidden: boolean;
}

const actorIn = (entered: Entered, group: GroupFacts, membership: MembershipFacts | undefined): Actor => ({
  personId: entered.personId,
  role: membership !== undefined && isMember(membership) ? membership.role : 'none',
  groupArchived: group.archived,
});

/**
 * Partners, and everybody in restricted and hidden groups, are answered only from fresh facts: closed, never open. Asked
 * after the facts said yes, so that the refusal tells nobody of a group they may not know.
 * @throws unavailable `access.stale`
 */
const mustBeFresh = (runtime: ServiceRuntime, entered: Entered, group: GroupFacts): void => {
  if (runtime.factsFresh() || (group.privacy === 'open' && entered.viewer.person.kind === 'employee')) return;
  throw unavailable('access.stale', 'access rights are being brought up to date; try again in a moment');
};

const accessFrom = (
  runtime: ServiceRuntime,
  entered: Entered,
  group: GroupFacts | undefined,
  membership: MembershipFacts | undefined,
  openReport = false,
): GroupAccess | undefined => {
  if (!group || !mayRead(entered.viewer, { kind: 'group-content', group, membership, openReport }, entered.nowMs)) return undefined;
  mustBeFresh(runtime, entered, group);
  const actor = actorIn(entered, group, membership);
  return { group, membership, actor, seesHidden: isModerator(actor) || (openReport && isNetworkModerator(entered.viewer.person)) };
};

/** Access to the contents of a group; undefined when the caller may not read them, or it does not exist. */
export const groupAccess = async (runtime: ServiceRuntime, entered: Entered, groupId: string): Promise<GroupAccess | undefined> => {
  if (!isSimpleId(groupId)) return undefined;
  const [group, membership] = await Promise.all([runtime.facts.group(groupId), runtime.facts.membership(groupId, entered.personId)]);
  return accessFrom(runtime, entered, group, membership);
};

/** @throws notFound(what), for unknown and unreadable groups alike. */
export const mustReadGroup = async (runtime: ServiceRuntime, entered: Entered, groupId: string, what = 'group'): Promise<GroupAccess> => {
  const access = await groupAccess(runtime, entered, groupId);
  if (!access) throw notFound(what);
  return access;
};

/** Access by group id, only of those groups whose contents the caller may read. */
export const groupAccesses = async (
  runtime: ServiceRuntime,
  entered: Entered,
  groupIds: readonly string[],
): Promise<ReadonlyMap<string, GroupAccess>> => {
  const ids = [...new Set(groupIds)];
  const [groups, memberships] = await Promise.all([runtime.facts.groups(ids), runtime.facts.memberships(entered.personId, ids)]);
  const accesses = new Map<string, GroupAccess>();
  ids.forEach((id, index) => {
    const access = accessFrom(runtime, entered, groups[index], memberships[index]);
    if (access) accesses.set(id, access);
  });
  return accesses;
};

const hasOpenReport = async (runtime: ServiceRuntime, postId: string): Promise<boolean> =>
  (await runtime.view('reports').range('reports', 'open', { prefix: [postId], limit: 1 })).length > 0;

/** Access to a post's thread: by the group, or for a moderator of the network while a report on the thread is open. */
export const threadAccess = async (runtime: ServiceRuntime, entered: Entered, postId: string): Promise<GroupAccess | undefined> => {
  const groupId = groupIdOf(postId);
  if (groupId === undefined) return undefined;
  const { person } = entered.viewer;
  const moderates = person.kind === 'employee' && isNetworkModerator(person);
  if (!moderates || !(await hasOpenReport(runtime, postId))) return groupAccess(runtime, entered, groupId);
  const [group, membership] = await Promise.all([runtime.facts.group(groupId), runtime.facts.membership(groupId, entered.personId)]);
  return accessFrom(runtime, entered, group, membership, true);
};

/** @throws notFound(what), for malformed, unknown and unreadable posts alike. */
export const mustReadThread = async (runtime: ServiceRuntime, entered: Entered, postId: string, what = 'post'): Promise<GroupAccess> => {
  const access = await threadAccess(runtime, entered, postId);
  if (!access) throw notFound(what);
  return access;
};

/** Undefined for what is no id of a post. */
export const groupIdOf = (postId: string): string | undefined => {
  const [group, post, ...more] = postId.split('.');
  const wellFormed = more.length === 0 && group !== undefined && post !== undefined && isSimpleId(group) && isSimpleId(post);
  return wellFormed ? groupOfPost(postId) : undefined;
};

/** The post's id of a comment's; undefined for what is no id of a comment. */
export const postIdOf = (commentId: string): string | undefined => {
  const [group, post, comment, ...more] = commentId.split('.');
  if (more.length > 0 || comment === undefined || !isSimpleId(comment)) return undefined;
  const postId = `${group}.${post}`;
  return groupIdOf(postId) === undefined ? undefined : postId;
};
