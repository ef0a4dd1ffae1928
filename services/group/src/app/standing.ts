/** What the caller is to a group, and what follows from it. */
import type { GroupFacts, MembershipFacts } from '@parvis/access/src/facts.ts';
import { isAdministrator, isMember, mayRead } from '@parvis/access/src/mayRead.ts';
import { forbidden, notFound, unavailable } from '@parvis/kit/runtime/errors.ts';
import { isSimpleId } from '@parvis/kit/runtime/ids.ts';
import type { Entered, ServiceRuntime } from '@parvis/kit/runtime/service.ts';

export interface Standing {
  readonly group: GroupFacts;
  readonly membership: MembershipFacts | undefined;
  /** May read posts and members. */
  readonly readable: boolean;
}

const closedReads = (entered: Entered, group: GroupFacts): boolean => entered.viewer.person.kind === 'partner' || group.privacy !== 'open';

/** @throws notFound for a group that is not there or that the viewer may not know of, alike. */
export const standingIn = async (runtime: ServiceRuntime, entered: Entered, groupId: string): Promise<Standing> => {
  const known = isSimpleId(groupId)
    ? await Promise.all([runtime.facts.group(groupId), runtime.facts.membership(groupId, entered.personId)])
    : [undefined, undefined];
  const [group, membership] = known;
  if (!group || !mayRead(entered.viewer, { kind: 'group-card', group, membership }, entered.nowMs)) throw notFound('group');
  if (closedReads(entered, group) && !runtime.factsFresh()) {
    throw unavailable('access.stale', 'who may read this is not known for certain right now; try again shortly');
  }
  const readable = mayRead(entered.viewer, { kind: 'group-content', group, membership }, entered.nowMs);
  return { group, membership, readable };
};

export const mustRead = (standing: Standing): void => {
  if (!standing.readable) throw forbidden('group.not-a-member', 'only members of the group may do this');
};

export const isOwner = (standing: Standing): boolean => isMember(standing.membership) && standing.membership?.role === 'owner';
export const moderates = (standing: Standing): boolean =>
  isMember(standing.membership) && (standing.membership?.role === 'owner' || standing.membership?.role === 'moderator');

export const mustOwn = (standing: Standing): void => {
  if (!isOwner(standing)) throw forbidden('group.owners-only', 'only an owner of the group may do this');
};
export const mustModerate = (standing: Standing): void => {
  if (!moderates(standing)) throw forbidden('group.moderators-only', 'only owners and moderators of the group may do this');
};

/** What the interface may offer; each is checked again when it is done. */
export const abilitiesOf = (entered: Entered, standing: Standing): string[] => {
  const { group, membership } = standing;
  const member = isMember(membership);
  const employee = entered.viewer.person.kind === 'employee';
  const owner = isOwner(standing);
  const live = !group.archived;
  const abilities: [string, boolean][] = [
    ['post', member && live],
    ['announce', moderates(standing) && live],
    ['join', !member && membership?.state !== 'banned' && live && (employee ? group.privacy === 'open' : false)],
    ['request', !member && membership?.state === undefined && live && employee && group.privacy === 'restricted'],
    ['accept', membership?.state === 'invited' && live],
    ['leave', member],
    ['invite', live && member && employee && (moderates(standing) || group.privacy === 'open')],
    ['invitePartners', live && owner && employee && group.admitsPartners],
    ['moderate', moderates(standing)],
    ['change', owner && live],
    ['archive', owner && live],
    ['reopen', owner && !live],
    ['takeOver', employee && isAdministrator(entered.viewer.person) && !owner],
  ];
  return abilities.filter(([, held]) => held).map(([name]) => name);
};
