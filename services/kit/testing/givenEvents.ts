import type { GroupPrivacy as Privacy, PersonRole as Role } from '@parvis/access/src/facts.ts';
import { GroupCreated, GroupPrivacy, JoinedVia, MemberRole } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import {
  OrganisationRegistered,
  PersonKind,
  PersonRegistered,
  PersonRole,
  Profile,
} from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import type { KeyVault } from '../ports/keyVault.ts';
import { groupStream, memberStream, personStream, randomId } from '../runtime/ids.ts';
import { TEST_ISSUER } from './testPorts.ts';

export interface GivenPerson {
  readonly id?: string;
  readonly roles?: readonly Role[];
  readonly givenName?: string;
  readonly familyName?: string;
  readonly handle?: string;
  readonly email?: string;
  readonly language?: string;
  readonly expiresAt?: Date;
  /** Further fields of the profile. */
  readonly profile?: Partial<Profile>;
  /** False: nobody signs in as this person yet. Default true. */
  readonly linked?: boolean;
}

export interface GivenPartner extends GivenPerson {
  readonly organisationId: string;
  readonly sponsorId: string;
}

export interface GivenGroup {
  readonly id?: string;
  readonly privacy?: Privacy;
  readonly admitsPartners?: boolean;
  readonly name?: string;
  readonly purpose?: string;
  readonly language?: string;
  /** Members who own it; the first is the creator. */
  readonly owners?: readonly string[];
  readonly moderators?: readonly string[];
  readonly members?: readonly string[];
}

/** Facts of the other services, emitted into their logs. Each answers an id. */
export interface Givens {
  /** Id of the host organisation, there from the start. */
  readonly hostId: string;
  givenEmployee(person?: GivenPerson): Promise<string>;
  givenPartner(person: GivenPartner): Promise<string>;
  givenOrganisation(options?: { id?: string; name?: string; sponsorId?: string; expiresAt?: Date }): Promise<string>;
  givenGroup(group?: GivenGroup): Promise<string>;
  givenMember(groupId: string, personId: string, role?: 'member' | 'moderator' | 'owner'): Promise<void>;
}

const organisationStream = (id: string): string => `organisation/${id}`;

type Emit = (source: 'identity' | 'group', stream: string, events: readonly AnyEvent[]) => Promise<unknown>;

const ROLES: Readonly<Record<Role, PersonRole>> = {
  member: PersonRole.MEMBER,
  moderator: PersonRole.MODERATOR,
  administrator: PersonRole.ADMINISTRATOR,
};
const PRIVACIES: Readonly<Record<Privacy, GroupPrivacy>> = {
  open: GroupPrivacy.OPEN,
  restricted: GroupPrivacy.RESTRICTED,
  hidden: GroupPrivacy.HIDDEN,
};

const registered = (id: string, person: GivenPerson, where: Pick<PersonRegistered, 'kind' | 'organisationId' | 'sponsorId'>): AnyEvent => ({
  $case: 'personRegistered',
  value: PersonRegistered.fromPartial({
    ...where,
    profile: Profile.fromPartial({
      givenName: person.givenName ?? `Given${id.slice(0, 4)}`,
      familyName: person.familyName ?? `Family${id.slice(0, 4)}`,
      language: person.language ?? 'en',
      ...person.profile,
    }),
    email: person.email ?? `${id}@example.org`,
    handle: person.handle ?? `h${id.slice(0, 8)}`,
    roles: (person.roles ?? ['member']).map((role) => ROLES[role]),
    ...(person.expiresAt === undefined ? {} : { expiresAt: person.expiresAt }),
  }),
});

const linked = (id: string): AnyEvent => ({ $case: 'personAccountLinked', value: { issuer: TEST_ISSUER, subject: id } });

const memberEvents = (groupId: string, personId: string, role: 'member' | 'moderator' | 'owner', person: Joining): AnyEvent[] => {
  const joined: AnyEvent = { $case: 'memberJoined', value: { personId, via: JoinedVia.JOIN, by: personId, ...person } };
  return role === 'moderator'
    ? [joined, { $case: 'memberRoleChanged', value: { personId, role: MemberRole.MODERATOR, by: groupId } }]
    : [joined];
};

/** What MemberJoined tells of the person. */
interface Joining {
  readonly partner: boolean;
  readonly organisationId: string;
}

const createPeople = (
  emit: Emit,
  vault: KeyVault,
  hostId: string,
  known: Map<string, Joining>,
): Pick<Givens, 'givenEmployee' | 'givenPartner' | 'givenOrganisation'> => {
  const givenPerson = async (person: GivenPerson, where: Parameters<typeof registered>[2]): Promise<string> => {
    const id = person.id ?? randomId();
    known.set(id, { partner: where.kind === PersonKind.PARTNER, organisationId: where.organisationId });
    await vault.create(id);
    const events = [registered(id, person, where), ...(person.linked === false ? [] : [linked(id)])];
    await emit('identity', personStream(id), events);
    return id;
  };
  return {
    givenEmployee: (person = {}) => givenPerson(person, { kind: PersonKind.EMPLOYEE, organisationId: hostId, sponsorId: '' }),
    givenPartner: (person) =>
      givenPerson(person, { kind: PersonKind.PARTNER, organisationId: person.organisationId, sponsorId: person.sponsorId }),
    async givenOrganisation({ id = randomId(), name = 'Acme', sponsorId = '', expiresAt } = {}) {
      const value = OrganisationRegistered.fromPartial({ name, host: false, sponsorId, ...(expiresAt === undefined ? {} : { expiresAt }) });
      await emit('identity', organisationStream(id), [{ $case: 'organisationRegistered', value }]);
      return id;
    },
  };
};

/** Emits the host organisation and answers the givens. */
export const createGivens = async (emit: Emit, vault: KeyVault): Promise<Givens> => {
  const hostId = randomId();
  const host = OrganisationRegistered.fromPartial({ name: 'Parvis', host: true });
  await emit('identity', organisationStream(hostId), [{ $case: 'organisationRegistered', value: host }]);
  const known = new Map<string, Joining>();
  const joining = (personId: string): Joining => known.get(personId) ?? { partner: false, organisationId: hostId };
  const givenMember: Givens['givenMember'] = async (groupId, personId, role = 'member') => {
    await emit('group', memberStream(groupId, personId), memberEvents(groupId, personId, role, joining(personId)));
    if (role === 'owner') await emit('group', groupStream(groupId), [{ $case: 'groupOwnerAdded', value: { personId, by: personId } }]);
  };
  return {
    hostId,
    givenMember,
    ...createPeople(emit, vault, hostId, known),
    async givenGroup(group = {}) {
      const id = group.id ?? randomId();
      const { privacy = 'open', admitsPartners = false, name = 'A group', purpose = '', language = 'en', owners = [] } = group;
      const created = GroupCreated.fromPartial({
        name,
        purpose,
        privacy: PRIVACIES[privacy],
        admitsPartners,
        language,
        createdBy: owners[0] ?? '',
      });
      const ownersAdded = owners.map((personId) => ({ $case: 'groupOwnerAdded', value: { personId, by: owners[0] ?? '' } }));
      await emit('group', groupStream(id), [{ $case: 'groupCreated', value: created }, ...ownersAdded]);
      for (const owner of owners) await emit('group', memberStream(id, owner), memberEvents(id, owner, 'owner', joining(owner)));
      for (const moderator of group.moderators ?? []) await givenMember(id, moderator, 'moderator');
      for (const member of group.members ?? []) await givenMember(id, member);
      return id;
    },
  };
};
