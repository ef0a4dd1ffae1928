/**
 * Who may see what: the one function every path passes (feed, post, comment, file, search hit, people list, notification,
 * live stream, event feed, webhook, mail, export). Pure: facts and time come in, an answer goes out.
 */
import type { GroupFacts, MembershipFacts, OrganisationFacts, PersonFacts } from './facts.ts';

/** A person with the facts about them; `memberships` hold at least the groups in question. */
export interface PersonViewer {
  readonly kind: 'person';
  readonly person: PersonFacts;
  readonly organisation: OrganisationFacts | undefined;
  /** The sponsor who answers for a partner; undefined when unknown. */
  readonly sponsor: PersonFacts | undefined;
}

/** A client of an integrator, with the scopes it was granted. */
export interface ClientViewer {
  readonly kind: 'client';
  readonly clientId: string;
  readonly groupIds: readonly string[];
  readonly personal: boolean;
  readonly expiresAtMs: number;
}

export type Viewer = PersonViewer | ClientViewer;

export type Item =
  /** Posts, comments, files, reactions, members of a group. */
  | {
      readonly kind: 'group-content';
      readonly group: GroupFacts;
      readonly membership: MembershipFacts | undefined;
      /** A report on this very thread is open: moderators of the network may see it. */
      readonly openReport?: boolean;
    }
  /** Name, purpose and image of a group. */
  | { readonly kind: 'group-card'; readonly group: GroupFacts; readonly membership: MembershipFacts | undefined }
  /** A person's short card (`shared`: viewer and person are both members of a group that admits partners). */
  | { readonly kind: 'person-card'; readonly person: PersonFacts; readonly sharesGroup: boolean }
  /** A person's whole profile. */
  | { readonly kind: 'person-profile'; readonly person: PersonFacts; readonly sharesGroup: boolean }
  /** The list of people, with its facets. */
  | { readonly kind: 'directory' }
  /** The list of organisations. */
  | { readonly kind: 'organisations' }
  /** What belongs to one person alone: inbox, preferences, sessions, drafts, export. */
  | { readonly kind: 'own'; readonly personId: string }
  /** What administrators see: audit, all invitations, health. */
  | { readonly kind: 'administration' }
  /** The queue of reported items. */
  | { readonly kind: 'reports' };

const past = (expiresAtMs: number | undefined, nowMs: number): boolean => expiresAtMs !== undefined && expiresAtMs <= nowMs;

/** How long administrators have to name another sponsor once a partner's own is suspended or gone. */
export const SPONSOR_GRACE_MS = 14 * 24 * 60 * 60 * 1000;

const sponsorLapsed = (sponsor: PersonFacts | undefined, nowMs: number): boolean =>
  sponsor?.inactiveSinceMs !== undefined && past(sponsor.inactiveSinceMs + SPONSOR_GRACE_MS, nowMs);

/** True while the person may do anything at all: active, not expired, of an organisation that is active and not expired. */
export const isActive = (person: PersonFacts, organisation: OrganisationFacts | undefined, nowMs: number): boolean =>
  person.status === 'active' &&
  !past(person.expiresAtMs, nowMs) &&
  organisation !== undefined &&
  organisation.state === 'active' &&
  !past(organisation.expiresAtMs, nowMs);

/** The same, and for a partner: somebody answers for them, or did until lately. */
export const hasAccess = ({ person, organisation, sponsor }: PersonViewer, nowMs: number): boolean =>
  isActive(person, organisation, nowMs) && !(person.kind === 'partner' && sponsorLapsed(sponsor, nowMs));

export const isMember = (membership: MembershipFacts | undefined): boolean => membership?.state === 'member';

const hasInvitation = (membership: MembershipFacts | undefined, nowMs: number): boolean =>
  membership?.state === 'invited' && !past(membership.invitedUntilMs, nowMs);

const readsContent = (viewer: PersonViewer, group: GroupFacts, membership: MembershipFacts | undefined): boolean => {
  if (viewer.person.kind === 'partner') return group.admitsPartners && isMember(membership);
  if (membership?.state === 'banned') return false;
  return group.privacy === 'open' || isMember(membership);
};

const seesCard = (viewer: PersonViewer, group: GroupFacts, membership: MembershipFacts | undefined, nowMs: number): boolean => {
  if (readsContent(viewer, group, membership)) return true;
  if (viewer.person.kind === 'partner') return group.admitsPartners && hasInvitation(membership, nowMs);
  if (group.privacy === 'hidden') return hasInvitation(membership, nowMs);
  return true;
};

/**
 * @param viewer who asks, with the facts about them
 * @param item what is asked for, with the facts it hangs on
 * @param nowMs milliseconds since the epoch: expiry needs no event
 */
export const mayRead = (viewer: Viewer, item: Item, nowMs: number): boolean => {
  if (viewer.kind === 'client') return clientMayRead(viewer, item, nowMs);
  if (!hasAccess(viewer, nowMs)) return false;
  const employee = viewer.person.kind === 'employee';
  switch (item.kind) {
    case 'group-content':
      return (
        readsContent(viewer, item.group, item.membership) || (item.openReport === true && employee && isNetworkModerator(viewer.person))
      );
    case 'group-card':
      return seesCard(viewer, item.group, item.membership, nowMs);
    case 'person-card':
    case 'person-profile':
      if (item.person.status === 'abandoned') return false;
      return employee || item.person.id === viewer.person.id || (item.kind === 'person-card' && item.sharesGroup);
    case 'directory':
    case 'organisations':
      return employee;
    case 'own':
      return item.personId === viewer.person.id;
    case 'administration':
      return employee && isAdministrator(viewer.person);
    case 'reports':
      return employee && isNetworkModerator(viewer.person);
    default:
      return item satisfies never;
  }
};

const clientMayRead = (viewer: ClientViewer, item: Item, nowMs: number): boolean => {
  if (past(viewer.expiresAtMs, nowMs)) return false;
  switch (item.kind) {
    case 'group-content':
    case 'group-card':
      return viewer.groupIds.includes(item.group.id);
    default:
      return false;
  }
};

export const isAdministrator = (person: PersonFacts): boolean => person.roles.includes('administrator');
export const isNetworkModerator = (person: PersonFacts): boolean =>
  person.roles.includes('moderator') || person.roles.includes('administrator');
