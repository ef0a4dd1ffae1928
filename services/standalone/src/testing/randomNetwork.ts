/** A random network of people × groups × posts, made by the calls that people make, and a pure model of who may read what in it. */
import type { GroupFacts, GroupPrivacy, MembershipFacts, OrganisationFacts, PersonFacts } from '@parvis/access/src/facts.ts';
import { mayRead } from '@parvis/access/src/mayRead.ts';
import fc from 'fast-check';
import type { ImportLine, LineOf } from '../import/importFormat.ts';
import { type Answer, type Caller, TEST_DOMAIN, type TestNetwork } from './testNetwork.ts';

export interface Size {
  readonly employees: number;
  readonly partners: number;
  readonly groups: number;
  readonly posts: number;
}

type Fate = 'stays' | 'removed' | 'banned';
interface GroupPlan {
  readonly privacy: GroupPrivacy;
  /** Closed to partners after all was written. */
  readonly partners: 'admitted' | 'shut' | 'never';
  /** What becomes of each person in the group; undefined: never a member. */
  readonly fates: readonly (Fate | undefined)[];
}
interface PostPlan {
  readonly group: number;
  /** Chosen among the group's members of the time. */
  readonly author: number;
  readonly mentioned: number;
}
export interface Plan {
  readonly groups: readonly GroupPlan[];
  readonly posts: readonly PostPlan[];
}

/** @returns one plan, the same for the same seed and size */
export const planOf = (size: Size, seed: number): Plan => {
  const people = size.employees + size.partners;
  const fate = fc.option(fc.constantFrom<Fate>('stays', 'stays', 'stays', 'removed', 'banned'), { nil: undefined, freq: 2 });
  const group = fc.record<GroupPlan>({
    privacy: fc.constantFrom<GroupPrivacy>('open', 'open', 'restricted', 'hidden'),
    partners: fc.constantFrom('admitted', 'admitted', 'shut', 'never'),
    fates: fc.array(fate, { minLength: people, maxLength: people }),
  });
  const post = fc.record<PostPlan>({
    group: fc.nat(size.groups - 1),
    author: fc.nat(1_000),
    mentioned: fc.nat(people - 1),
  });
  const plan = fc.record<Plan>({
    groups: fc.array(group, { minLength: size.groups, maxLength: size.groups }),
    posts: fc.array(post, { minLength: size.posts, maxLength: size.posts }),
  });
  return fc.sample(plan, { seed, numRuns: 1 })[0] as Plan;
};

export interface RandomPost {
  readonly id: string;
  readonly groupId: string;
  readonly commentId: string;
  readonly fileId: string;
  /** Stands in this post alone. */
  readonly word: string;
  readonly authorId: string;
  readonly mentionedId: string;
}

export interface RandomPerson {
  readonly id: string;
  readonly name: string;
  readonly caller: Caller;
}

export interface RandomNetwork {
  readonly people: readonly RandomPerson[];
  readonly posts: readonly RandomPost[];
  readonly groupIds: readonly string[];
  /** Who owns every group, reads everything and is not among `people`. */
  readonly owner: Caller;
  reads(personId: string, groupId: string): boolean;
  isMember(personId: string, groupId: string): boolean;
  /** Publishes one more post by the owner. */
  publish(groupId: string, word: string): Promise<string>;
}

const nameOf = (nth: number, size: Size): string => (nth < size.employees ? `employee${nth}` : `partner${nth - size.employees}`);
const isPartner = (nth: number, size: Size): boolean => nth >= size.employees;
const emailOf = (nth: number, size: Size): string => `${nameOf(nth, size)}@${isPartner(nth, size) ? 'partner.example' : TEST_DOMAIN}`;
/** Two of the employees hold a role, which gives no right to read. */
const rolesOf = (nth: number): LineOf<'person'>['roles'] => (nth === 0 ? ['administrator'] : nth === 1 ? ['moderator'] : []);

const wasMember = (plan: GroupPlan, nth: number, size: Size): boolean =>
  plan.fates[nth] !== undefined && !(isPartner(nth, size) && plan.partners === 'never');

const linesOf = (plan: Plan, size: Size): ImportLine[] => {
  const person = (id: string, email: string, more: Partial<LineOf<'person'>>): ImportLine => ({
    type: 'person',
    kind: 'employee',
    id,
    email,
    givenName: id,
    familyName: '',
    roles: [],
    languages: undefined,
    ...more,
  });
  const nths = [...Array(size.employees + size.partners).keys()];
  return [
    person('owner', `owner@${TEST_DOMAIN}`, {}),
    { type: 'organisation', id: 'acme', name: 'Acme', domains: [], sponsor: 'owner' },
    ...nths.map((nth) =>
      person(
        nameOf(nth, size),
        emailOf(nth, size),
        isPartner(nth, size) ? { kind: 'partner', organisation: 'acme' } : { roles: rolesOf(nth) },
      ),
    ),
    ...plan.groups.flatMap((group, at): ImportLine[] => [
      {
        type: 'group',
        id: `g${at}`,
        name: `Group ${at}`,
        purpose: '',
        privacy: group.privacy,
        admitsPartners: group.partners !== 'never',
        language: '',
        owner: 'owner',
      },
      ...nths
        .filter((nth) => wasMember(group, nth, size))
        .map((nth): ImportLine => ({ type: 'member', group: `g${at}`, person: nameOf(nth, size), role: 'member' })),
    ]),
  ];
};

const must = (answer: Answer): Answer => {
  if (answer.status !== 200 && answer.status !== 201) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer;
};
const idOf = (answer: Answer): string => must(answer).body.id;

const upload = async (caller: Caller, name: string): Promise<string> => {
  const form = new FormData();
  form.append('file', new Blob([`content of ${name}`]), `${name}.txt`);
  return idOf(await caller.request('POST', '/files', { body: form }));
};

/** What happened after everything was written: members removed and banned, groups shut to partners. */
const applyFates = async (plan: Plan, size: Size, owner: Caller, groupIds: readonly string[], people: readonly RandomPerson[]) => {
  for (const [at, group] of plan.groups.entries()) {
    for (const [nth, { id }] of people.entries()) {
      if (!wasMember(group, nth, size) || group.fates[nth] === 'stays') continue;
      const path = `/groups/${groupIds[at]}/${group.fates[nth] === 'banned' ? 'bans' : 'members'}/${id}`;
      must(group.fates[nth] === 'banned' ? await owner.put(path, { reason: 'because' }) : await owner.delete(path));
    }
    if (group.partners === 'shut') must(await owner.patch(`/groups/${groupIds[at]}`, { admitsPartners: false }));
  }
};

interface Model {
  reads(personId: string, groupId: string): boolean;
  isMember(personId: string, groupId: string): boolean;
}

/** The facts as the plan says them, not as any service has them; the rule is the one pure function. */
const modelOf = (plan: Plan, size: Size, groupIds: readonly string[], personIds: readonly string[]): Model => {
  const standing = (personId: string, groupId: string) => {
    const nth = personIds.indexOf(personId);
    const group = plan.groups[groupIds.indexOf(groupId)] as GroupPlan;
    const partner = isPartner(nth, size);
    const fate = wasMember(group, nth, size) ? group.fates[nth] : undefined;
    const person: PersonFacts = {
      id: personId,
      kind: partner ? 'partner' : 'employee',
      status: 'active',
      roles: ['member', ...rolesOf(nth)],
      organisationId: 'o',
      sponsorId: '',
    };
    const organisation: OrganisationFacts = { id: 'o', host: !partner, state: 'active', sponsorId: '' };
    const facts: GroupFacts = { id: groupId, privacy: group.privacy, admitsPartners: group.partners === 'admitted', archived: false };
    const state = fate === 'stays' ? 'member' : fate === 'banned' ? 'banned' : 'none';
    const membership: MembershipFacts = { groupId, personId, state, role: 'member' };
    return { person, organisation, group: facts, membership };
  };
  return {
    reads(personId, groupId) {
      const { person, organisation, group, membership } = standing(personId, groupId);
      return mayRead({ kind: 'person', person, organisation, sponsor: undefined }, { kind: 'group-content', group, membership }, 0);
    },
    isMember: (personId, groupId) => standing(personId, groupId).membership.state === 'member',
  };
};

export const createRandomNetwork = async (network: TestNetwork, size: Size, seed: number): Promise<RandomNetwork> => {
  const plan = planOf(size, seed);
  await network.seed(linesOf(plan, size));
  await network.settled();
  const owner = await network.signIn(`owner@${TEST_DOMAIN}`);
  const listed = must(await owner.get('/groups?limit=100')).body.items as { id: string; name: string }[];
  const groupIds = plan.groups.map((_, at) => listed.find(({ name }) => name === `Group ${at}`)?.id as string);
  const people: RandomPerson[] = [];
  for (let nth = 0; nth < size.employees + size.partners; nth += 1) {
    const caller = await network.signIn(emailOf(nth, size));
    people.push({ id: must(await caller.get('/me')).body.card.id, name: nameOf(nth, size), caller });
  }
  const posts: RandomPost[] = [];
  for (const [at, post] of plan.posts.entries()) {
    const group = plan.groups[post.group] as GroupPlan;
    const members = people.filter((_, nth) => wasMember(group, nth, size));
    const author = members[post.author % Math.max(1, members.length)];
    const writer = author?.caller ?? owner;
    const [groupId, mentionedId] = [groupIds[post.group] as string, (people[post.mentioned] as RandomPerson).id];
    const word = `zebra${at}q`;
    const fileId = await upload(writer, word);
    // A partner can't name people they share no group with: to them there are none.
    const nth = people.findIndex(({ id }) => id === author?.id);
    const mentions = !isPartner(nth, size) || wasMember(group, post.mentioned, size);
    const text = { title: `About ${word}`, body: `Words of ${word}${mentions ? ` for @[person:${mentionedId}]` : ''}`, fileIds: [fileId] };
    const id = idOf(await writer.post(`/groups/${groupId}/posts`, text));
    const commentId = idOf(await owner.post(`/posts/${id}/comments`, { body: `A comment on ${word}` }));
    posts.push({ id, groupId, commentId, fileId, word, authorId: author?.id ?? '', mentionedId: mentions ? mentionedId : '' });
  }
  await network.settled();
  await applyFates(plan, size, owner, groupIds, people);
  await network.settled();
  const publish = async (groupId: string, word: string): Promise<string> =>
    idOf(await owner.post(`/groups/${groupId}/posts`, { body: `Later words of ${word}` }));
  return {
    people,
    posts,
    groupIds,
    owner,
    publish,
    ...modelOf(
      plan,
      size,
      groupIds,
      people.map(({ id }) => id),
    ),
  };
};
