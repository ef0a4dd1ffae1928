import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomId } from '@parvis/kit/runtime/ids.ts';
import { createPostNetwork, PostKind, type PostNetwork, refusal } from '../testing/postNetwork.ts';

let net: PostNetwork;
let ada: string;
let bob: string;
let outsider: string;
let partner: string;
let stranger: string;
let restricted: string;

beforeAll(async () => {
  net = await createPostNetwork();
  const { network } = net;
  ada = await network.givenEmployee();
  bob = await network.givenEmployee();
  outsider = await network.givenEmployee();
  const organisationId = await network.givenOrganisation({ sponsorId: ada });
  partner = await network.givenPartner({ organisationId, sponsorId: ada });
  stranger = await network.givenPartner({ organisationId, sponsorId: ada });
  restricted = await network.givenGroup({ privacy: 'restricted', admitsPartners: true, owners: [ada], members: [bob, partner] });
  await network.settled();
});
afterAll(() => net.close());

const say = (personId: string, ...mentioned: string[]) =>
  net.run(personId, 'publishPost', {
    groupId: restricted,
    kind: PostKind.DISCUSSION,
    body: mentioned.map((id) => `hello @[person:${id}]`).join(' '),
  });

it('names those who may not read the post and hear nothing', async () => {
  const { id, unreachedMentions } = await say(ada, bob, outsider, partner, stranger, ada);
  expect(unreachedMentions).toEqual([outsider, stranger]);
  expect((await net.post(ada, id)).mentions).toEqual([bob, outsider, partner, stranger, ada]);
  const comment = await net.run(bob, 'addComment', { postId: id, body: `and @[person:${outsider}]` });
  expect(comment.unreachedMentions).toEqual([outsider]);
});

it('answers alike for somebody unknown and somebody the author may not see', async () => {
  const unknown = await refusal(say(partner, randomId()));
  expect(unknown).toMatchObject({ kind: 'invalid', message: 'mentions: expected people of this network' });
  expect(await refusal(say(partner, outsider))).toEqual(unknown);
  expect(await refusal(say(partner, stranger))).toEqual(unknown);
  expect(await refusal(say(ada, randomId()))).toEqual(unknown);
  expect((await say(partner, bob)).unreachedMentions).toEqual([]);
});

it('lets an author edit a text that mentions somebody they can no longer see', async () => {
  const { network } = net;
  const { id } = await say(partner, bob);
  await network.emit('group', `group/${restricted}/member/${bob}`, [{ $case: 'memberLeft', value: { personId: bob } }]);
  await network.settled();
  const edited = await net.run(partner, 'editPost', { postId: id, body: `hello again @[person:${bob}]` });
  // Nobody the author may not see is named to them.
  expect(edited.unreachedMentions).toEqual([]);
  expect((await refusal(net.run(partner, 'editPost', { postId: id, body: `@[person:${outsider}]` }))).message).toContain('mentions');
});

it('repeats its answer for a repeated key', async () => {
  const body = `@[person:${outsider}]`;
  const publish = () => net.run(ada, 'publishPost', { groupId: restricted, kind: PostKind.DISCUSSION, body }, { key: 'm' });
  const first = await publish();
  expect(await publish()).toMatchObject({ id: first.id, duplicate: true, unreachedMentions: [outsider] });
});
