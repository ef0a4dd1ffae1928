import type { GroupFacts, MembershipFacts, OrganisationFacts, PersonFacts } from '@parvis/access/src/facts.ts';
import type { PersonViewer } from '@parvis/access/src/mayRead.ts';

/** The facts a service has projected from identity's and group's events, as of now. */
export interface AccessFacts {
  person(personId: string): Promise<PersonFacts | undefined>;
  persons(personIds: readonly string[]): Promise<(PersonFacts | undefined)[]>;
  /** The person a subject of an identity provider signs in as. */
  personIdByAccount(issuer: string, subject: string): Promise<string | undefined>;
  organisation(organisationId: string): Promise<OrganisationFacts | undefined>;
  group(groupId: string): Promise<GroupFacts | undefined>;
  groups(groupIds: readonly string[]): Promise<(GroupFacts | undefined)[]>;
  membership(groupId: string, personId: string): Promise<MembershipFacts | undefined>;
  /** Memberships of one person in several groups, in the order of the groups. */
  memberships(personId: string, groupIds: readonly string[]): Promise<(MembershipFacts | undefined)[]>;
  /** Every group the person is a member of (state `member`), at most 5,000. */
  groupIdsOf(personId: string): Promise<string[]>;
  /** Every open group that is not archived or archived alike, at most 50,000. */
  openGroupIds(): Promise<string[]>;
  /** Every restricted group, at most 50,000. */
  restrictedGroupIds(): Promise<string[]>;
  /** Groups the person was banned from, at most 5,000. */
  bannedGroupIdsOf(personId: string): Promise<string[]>;
  /** Members (state `member`) of a group in order of person id. */
  memberIds(groupId: string, options: { after?: string; limit: number }): Promise<string[]>;
  /** Members with a role of at least moderator, owners included. */
  moderatorIds(groupId: string): Promise<string[]>;
  /** True when both are members of one group that admits partners. */
  sharesGroup(personId: string, otherId: string): Promise<boolean>;
  /** Ids of employees who hold a network role. */
  personIdsWithRole(role: 'moderator' | 'administrator'): Promise<string[]>;
  /** The person with the facts access needs; undefined for one who is unknown. */
  viewer(personId: string): Promise<PersonViewer | undefined>;
}
