/** People who write a word of their own into everything that takes text, in a network with others in it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateNetwork, sizeForLines } from '@parvis/bench/src/generateNetwork.ts';
import { formAction, openTestBrowser, type TestBrowser } from '@parvis/kit/testing/oidc/browser.ts';
import { importLine } from '../import/importFormat.ts';
import { canary } from './canaries.ts';
import { type Caller, TEST_DOMAIN, TEST_PASSWORD, type TestNetwork } from './testNetwork.ts';

const WHO = [
  'givenName',
  'familyName',
  'displayName',
  'title',
  'about',
  'handle',
  'email',
  'photo',
  'formerName',
  'formerHandle',
  'formerEmail',
];
const WRITTEN = [
  'postTitle',
  'postBody',
  'editedBody',
  'fileName',
  'fileBytes',
  'comment',
  'request',
  'reportReason',
  'hashtag',
  'draftName',
  'draftBytes',
];
const INVITED = ['invitedGivenName', 'invitedFamilyName', 'invitedEmail'];

export type Words = Readonly<Record<string, string>>;
let next = 0;
const wordsFor = (fields: readonly string[]): Words => Object.fromEntries(fields.map((field) => [field, canary(next++)]));

/** @throws with the answer when it is not the status */
export const must = <T extends { status: number; body: unknown }>(answer: T, status = [200, 201]): T => {
  if (!status.includes(answer.status)) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer;
};

// A PNG of one pixel; what follows its end is carried along.
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

const upload = async (caller: Caller, name: string, bytes: Uint8Array<ArrayBuffer>, purpose = 'attachment'): Promise<string> => {
  const form = new FormData();
  form.append('file', new Blob([bytes]), name);
  return must(await caller.request('POST', `/files?purpose=${purpose}`, { body: form })).body.id;
};

/** Signs in as people do, into a session of the gateway. */
export const signInWithBrowser = async (network: TestNetwork, email: string, path = '/auth/login'): Promise<TestBrowser> => {
  const browser = openTestBrowser(network.address);
  const login = await browser.follow(await browser.get(path), () => false);
  const action = formAction(await login.response.text());
  const signedIn = await browser.follow(
    await browser.post(action, { email, password: TEST_PASSWORD }),
    (to) => to === `${network.address}/`,
  );
  if (signedIn.address !== `${network.address}/`) throw new Error(`the browser ended at ${signedIn.address}`);
  return browser;
};

export interface Victim {
  readonly id: string;
  readonly caller: Caller;
  readonly browser: TestBrowser;
  readonly email: string;
  readonly who: Words;
  readonly written: Words;
  readonly postId: string;
  readonly fileId: string;
}

export interface Stage {
  readonly network: TestNetwork;
  readonly admin: Caller;
  readonly witness: Caller;
  readonly witnessId: string;
  readonly openGroup: string;
  readonly closedGroup: string;
}

const meId = async (caller: Caller): Promise<string> => must(await caller.get('/me')).body.card.id;

/** Others, so many that pages of every file are split and moved while the victims' texts are in them. */
export const noise = async (network: TestNetwork, lines: number, seed: number): Promise<void> => {
  const renamed = [...generateNetwork(sizeForLines(lines, seed))].map((line) =>
    JSON.parse(
      JSON.stringify(line)
        .replace(/"(u|g|p)(\d+)(c\d+)?"/g, `"$1$2$3.${seed}"`)
        .replaceAll('@generated.example', `.${seed}@generated.example`)
        .replaceAll('.generated"', `.s${seed}"`),
    ),
  );
  await network.seed(renamed.map((line) => importLine.parse(line)));
};

export const prepareStage = async (network: TestNetwork): Promise<Stage> => {
  await network.network.services.identity.bootstrap.registerFirstAdministrator({
    email: `root@${TEST_DOMAIN}`,
    profile: { givenName: 'Root', familyName: 'Admin' },
  });
  const admin = await network.signIn(`root@${TEST_DOMAIN}`);
  const witness = await network.signIn(`witness@${TEST_DOMAIN}`);
  must(await witness.put('/me/preferences/mail', { cadence: 'at_once' }));
  const group = (privacy: string) => ({ name: `A ${privacy} group`, privacy, admitsPartners: true, language: 'en' });
  const openGroup = must(await witness.post('/groups', { ...group('open'), admitsPartners: false })).body.id;
  const closedGroup = must(await witness.post('/groups', group('restricted'))).body.id;
  await network.settled();
  return { network, admin, witness, witnessId: await meId(witness), openGroup, closedGroup };
};

const becomeSomebody = async ({ network }: Stage, who: Words) => {
  const first = `${who.formerEmail}@${TEST_DOMAIN}`;
  const passwordHash = await network.network.oidc.hashPassword(TEST_PASSWORD);
  const names = { givenName: who.formerName as string, familyName: who.familyName as string };
  await network.network.oidc.createAccount({ email: first, emailVerified: true, passwordHash, ...names });
  const caller = await network.signIn(first);
  const id = await meId(caller);
  must(await caller.put(`/people/${id}/handle`, { handle: who.formerHandle }));
  must(await caller.put(`/people/${id}/handle`, { handle: who.handle }));
  return { caller, id, email: first };
};

/** Somebody who wrote a canary into every field there is, was read, mailed about, and is signed in twice. */
export const playVictim = async (stage: Stage): Promise<Victim> => {
  const { network, admin, witness, witnessId, openGroup, closedGroup } = stage;
  const who = wordsFor(WHO);
  const written = wordsFor(WRITTEN);
  const { caller, id, email } = await becomeSomebody(stage, who);
  must(await admin.put(`/people/${id}/email`, { email: `${who.email}@${TEST_DOMAIN}` }));
  const photoFileId = await upload(caller, 'photo.png', Buffer.concat([PNG, Buffer.from(who.photo as string)]), 'photo');
  const { givenName, familyName, displayName, title, about } = who;
  must(await admin.patch(`/people/${id}`, { givenName, familyName, title }));
  must(await caller.patch(`/people/${id}`, { displayName, about, photoFileId }));
  must(await caller.put('/me/preferences/mail', { cadence: 'at_once' }));
  must(await caller.post(`/groups/${openGroup}/members`, {}));
  await network.settled();
  const fileId = await upload(caller, `${written.fileName}.txt`, Buffer.from(`text ${written.fileBytes}`));
  await upload(caller, `${written.draftName}.txt`, Buffer.from(`text ${written.draftBytes}`));
  const body = `@[person:${witnessId}] ${written.postBody} #${written.hashtag}`;
  const published = must(
    await caller.post(`/groups/${openGroup}/posts`, { kind: 'question', title: written.postTitle, body, fileIds: [fileId] }),
  );
  const postId = published.body.id;
  await network.settled();
  must(await caller.patch(`/posts/${postId}`, { body: `${body} ${written.editedBody}` }));
  const theirs = must(await witness.post(`/groups/${openGroup}/posts`, { body: `Hello @[person:${id}], read this.` })).body.id;
  await network.settled();
  must(await caller.post(`/posts/${theirs}/comments`, { body: written.comment }));
  must(await caller.post(`/posts/${theirs}/reports`, { reason: written.reportReason }));
  must(await caller.post(`/groups/${closedGroup}/members`, { message: written.request }));
  await network.settled();
  const browser = await signInWithBrowser(network, email);
  return { id, caller, browser, email, who, written, postId, fileId };
};

/** The link of the newest mail to an address. */
const invitationLink = async (network: TestNetwork, email: string): Promise<string> => {
  const folder = join(network.dataFolder, 'mail');
  for (const name of await readdir(folder)) {
    const text = (await readFile(join(folder, name), 'utf8')).replaceAll('=\r\n', '');
    if (!text.toLowerCase().includes(`to: ${email}`)) continue;
    const plain = /base64/i.test(text)
      ? Buffer.from(text.split('\r\n\r\n').slice(1).join('').replace(/\s/g, ''), 'base64').toString()
      : text;
    const link = /\/invitations\/([\w.~-]+)/.exec(plain)?.[1];
    if (link) return link;
  }
  throw new Error('no invitation came');
};

export interface InvitedVictim {
  readonly id: string;
  readonly words: Words;
}

/** A partner who came by an invitation, and was invited a second time without answering. */
export const playPartner = async ({ network, admin, witnessId, closedGroup }: Stage): Promise<InvitedVictim> => {
  const words = wordsFor(INVITED);
  const organisation = { name: `Partner ${next}`, sponsorId: witnessId, domains: [] };
  const organisationId = must(await admin.post('/organisations', organisation)).body.id;
  await network.settled();
  const witness = await network.signIn(`witness@${TEST_DOMAIN}`);
  const email = `${words.invitedEmail}@partner.example`;
  const invitation = {
    email,
    givenName: words.invitedGivenName,
    familyName: words.invitedFamilyName,
    organisationId,
    groupIds: [closedGroup],
  };
  must(await witness.post('/invitations', invitation), [200, 201, 202]);
  await network.settled();
  const passwordHash = await network.network.oidc.hashPassword(TEST_PASSWORD);
  await network.network.oidc.createAccount({ email, emailVerified: true, passwordHash });
  const browser = await signInWithBrowser(network, email, `/auth/login?invitation=${await invitationLink(network, email)}`);
  const { card } = (await (await browser.get('/api/v1/me')).json()) as { card: { id: string } };
  must(await witness.post('/invitations', invitation), [200, 201, 202]);
  await network.settled();
  return { id: card.id, words };
};
