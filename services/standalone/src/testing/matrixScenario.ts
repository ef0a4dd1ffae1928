/** The people and things of the authorisation matrix, made in a real network by the calls that real people make. */
import { type Fresh, type PersonViewer, type Scenario, VIEWERS, type Viewer } from '@parvis/gateway/src/authorisation/scenario.ts';
import { secretOf } from '@parvis/identity/src/app/invitationSecrets.ts';
import type { FlowingClock } from '@parvis/kit/testing/flowingClock.ts';
import type { ImportLine, LineOf } from '../import/importFormat.ts';
import { type Answer, type Caller, TEST_DOMAIN, type TestNetwork } from './testNetwork.ts';

export interface MatrixNetwork extends Scenario {
  as(viewer: Viewer): Caller;
}

const PARTNERS: readonly Viewer[] = ['partner', 'partnerElsewhere', 'expiredPartner'];
const PEOPLE = VIEWERS.filter((viewer) => viewer !== 'anonymous');
const PERSON = { languages: undefined, familyName: '', roles: [] as LineOf<'person'>['roles'] };
const GROUPS = ['restricted', 'hidden', 'open'] as const;

const emailOf = (viewer: string): string =>
  `${viewer.toLowerCase()}@${PARTNERS.includes(viewer as Viewer) ? 'partner.example' : TEST_DOMAIN}`;

const employee = (id: string, roles: LineOf<'person'>['roles'] = []): ImportLine => ({
  ...PERSON,
  type: 'person',
  kind: 'employee',
  id,
  email: emailOf(id),
  givenName: id,
  roles,
});
const partner = (id: string, organisation: string): ImportLine => ({
  ...PERSON,
  type: 'person',
  kind: 'partner',
  id,
  email: emailOf(id),
  givenName: id,
  organisation,
});
const organisation = (id: string): ImportLine => ({ type: 'organisation', id, name: id, domains: [], sponsor: 'owner' });
const member = (group: string, person: string, role: 'member' | 'moderator' = 'member'): ImportLine => ({
  type: 'member',
  group,
  person,
  role,
});

const groupLines = (id: string, privacy: 'open' | 'restricted' | 'hidden'): ImportLine[] => [
  { type: 'group', id, name: `The ${id} group`, purpose: '', privacy, admitsPartners: true, language: '', owner: 'owner' },
  member(id, 'moderator', 'moderator'),
  ...['member', 'partner', 'suspended', 'expiredPartner', 'banned'].map((person) => member(id, person)),
];

const seedLines = (): ImportLine[] => [
  employee('owner'),
  employee('administrator', ['administrator']),
  employee('networkModerator', ['moderator']),
  ...['employee', 'member', 'moderator', 'banned', 'suspended'].map((id) => employee(id)),
  organisation('acme'),
  organisation('other'),
  partner('partner', 'acme'),
  partner('expiredPartner', 'acme'),
  partner('partnerElsewhere', 'other'),
  ...GROUPS.flatMap((privacy) => groupLines(privacy, privacy)),
  {
    type: 'group',
    id: 'elsewhere',
    name: 'Elsewhere',
    purpose: '',
    privacy: 'restricted',
    admitsPartners: true,
    language: '',
    owner: 'administrator',
  },
  member('elsewhere', 'partnerElsewhere'),
];

/** What a call made. @throws when it was refused: the scenario itself is at fault */
const made = (answer: Answer): string => {
  if (answer.status >= 300) throw new Error(`the scenario was refused: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.id as string;
};

const uploaded = async (caller: Caller): Promise<string> => {
  const form = new FormData();
  form.append('file', new Blob(['some notes']), 'notes.txt');
  return made(await caller.request('POST', '/files', { body: form }));
};

/** @param clock the network's: access of the expired partner ends by it */
export const createMatrixScenario = async (network: TestNetwork, clock: FlowingClock): Promise<MatrixNetwork> => {
  await network.seed(seedLines());
  await network.settled();
  const callers = new Map<Viewer, Caller>([['anonymous', network.caller('')]]);
  const ids = new Map<Viewer, string>();
  for (const viewer of PEOPLE) {
    const caller = await network.signIn(emailOf(viewer));
    callers.set(viewer, caller);
    ids.set(viewer, (await caller.get('/me')).body.card.id as string);
  }
  const as = (viewer: Viewer): Caller => callers.get(viewer) as Caller;
  const personId = (viewer: PersonViewer): string => ids.get(viewer) as string;
  const owner = as('owner');
  const administrator = as('administrator');
  const mine = (await owner.get('/groups?limit=100')).body.items as { id: string; privacy: string }[];
  const groupOf = (privacy: (typeof GROUPS)[number]): string => mine.find((group) => group.privacy === privacy)?.id as string;
  for (const privacy of GROUPS) made(await owner.put(`/groups/${groupOf(privacy)}/bans/${personId('banned')}`, { reason: 'because' }));
  made(await administrator.put(`/people/${personId('suspended')}/suspension`, { reason: 'because' }));
  const endsAt = new Date(clock.now().getTime() + 5_000).toISOString();
  made(await administrator.put(`/people/${personId('expiredPartner')}/expiry`, { expiresAt: endsAt }));
  clock.advance(6_000);

  const publish = async (caller: Caller, groupId: string, extra: object = {}): Promise<string> =>
    made(await caller.post(`/groups/${groupId}/posts`, { body: 'Some words to read', ...extra }));
  const groupId = groupOf('restricted');
  const fileId = await uploaded(as('member'));
  const postId = await publish(as('member'), groupId, { fileIds: [fileId] });
  const organisationId = (await owner.get(`/people/${personId('partner')}`)).body.card.organisation.id as string;
  const invite = async (email: string): Promise<string> =>
    made(await owner.post('/invitations', { email, givenName: 'Ivy', familyName: 'Guest', organisationId, groupIds: [groupId] }));
  made(await owner.post(`/posts/${postId}/comments`, { body: 'A reply to the author' }));
  await network.settled();
  const notificationId = (await as('member').get('/notifications?limit=1')).body.items[0].id as string;
  const scenario = {
    groupId,
    notificationId,
    hiddenGroupId: groupOf('hidden'),
    openGroupId: groupOf('open'),
    postId,
    hiddenPostId: await publish(as('member'), groupOf('hidden')),
    openPostId: await publish(as('member'), groupOf('open')),
    commentId: made(await as('member').post(`/posts/${postId}/comments`, { body: 'A comment' })),
    fileId,
    organisationId,
    invitationSecret: secretOf(network.network.sealer, await invite('stays.open@partner.example')),
    unsubscribeToken: network.network.sealer.seal('unsubscribe', {
      personId: personId('member'),
      untilMs: clock.now().getTime() + 3_600_000,
    }),
  };

  let counter = 0;
  const nextName = (): string => {
    counter += 1;
    return `fresh${counter}`;
  };
  const freshEmployee = async (): Promise<string> => {
    const name = nextName();
    const profile = { givenName: name, familyName: 'Fresh' };
    return made(await administrator.post('/people', { email: `${name}@${TEST_DOMAIN}`, profile }));
  };
  /** A new employee who has signed in, and what they call. */
  const freshCaller = async (): Promise<{ id: string; caller: Caller }> => {
    const name = nextName();
    const profile = { givenName: name, familyName: 'Fresh' };
    const id = made(await administrator.post('/people', { email: `${name}@${TEST_DOMAIN}`, profile }));
    return { id, caller: await network.signIn(`${name}@${TEST_DOMAIN}`) };
  };
  const requester = async (): Promise<string> => {
    const { id, caller } = await freshCaller();
    made(await caller.post(`/groups/${groupId}/members`, { message: 'Please' }));
    return id;
  };
  const approved = async (): Promise<string> => {
    const id = await requester();
    made(await owner.put(`/groups/${groupId}/requests/${id}`, { decision: 'approved' }));
    return id;
  };
  const groupLike = async (): Promise<string> => {
    const id = nextName();
    await network.seed([
      ...seedLines().filter((line) => line.type === 'person' || line.type === 'organisation'),
      ...groupLines(id, 'restricted'),
    ]);
    await network.settled();
    const found = ((await owner.get('/groups?limit=100&q=fresh')).body.items as { id: string; name: string }[]).find(
      (group) => group.name === `The ${id} group`,
    );
    if (!found) throw new Error(`the group ${id} is not in its owner's list`);
    made(await owner.put(`/groups/${found.id}/bans/${personId('banned')}`, { reason: 'because' }));
    return found.id;
  };
  const fresh = async (what: Fresh): Promise<string> => {
    switch (what) {
      case 'post':
        return publish(as('member'), groupId);
      case 'comment': {
        // On a post of its own: an open report on one thread rightly shows it to the network's moderators.
        const thread = await publish(as('member'), groupId);
        return made(await as('member').post(`/posts/${thread}/comments`, { body: 'A fresh comment' }));
      }
      case 'answer': {
        const question = await publish(as('member'), groupId, { kind: 'question', title: 'Why?' });
        return made(await as('member').post(`/posts/${question}/comments`, { body: 'Because' }));
      }
      case 'announcement':
        return publish(owner, groupId, { kind: 'announcement', title: 'Hear', acknowledgementAsked: true });
      case 'report': {
        const reported = await publish(as('member'), groupId);
        return made(await as('partner').post(`/posts/${reported}/reports`, { reason: 'because' }));
      }
      case 'employee':
        return freshEmployee();
      case 'organisation':
        return made(await administrator.post('/organisations', { name: nextName(), sponsorId: personId('owner') }));
      case 'invitation':
        return invite(`${nextName()}@partner.example`);
      case 'groupRequester':
        return requester();
      case 'groupMember':
        return approved();
      case 'groupInvited': {
        const id = await freshEmployee();
        made(await owner.post(`/groups/${groupId}/invitations`, { personId: id }));
        return id;
      }
      case 'groupBanned': {
        const id = await approved();
        made(await owner.put(`/groups/${groupId}/bans/${id}`, { reason: 'because' }));
        return id;
      }
      case 'group':
        return groupLike();
      default:
        return what satisfies never;
    }
  };
  return { ...scenario, as, personId, fresh };
};
