/** Erasure of persons, as deep as the files go: every byte of the data folder is searched for what they were and wrote. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import type { ManagedService } from '@parvis/kit/runtime/serviceRuntime.ts';
import { sightings } from './testing/canaries.ts';
import {
  type InvitedVictim,
  must,
  noise,
  playPartner,
  playVictim,
  prepareStage,
  type Stage,
  type Victim,
  type Words,
} from './testing/erasureStory.ts';
import { startTestNetwork, type TestNetwork } from './testing/testNetwork.ts';

const NOISE_LINES = process.env.PARVIS_TEST_SIZE === 'full' ? 10_000 : 1_500;

let network: TestNetwork;
let stage: Stage;
/** Erased with what they wrote. */
let gone: Victim;
/** Erased as persons; what they wrote stays. */
let former: Victim;
let partner: InvitedVictim;
let before: Awaited<ReturnType<typeof seen>>;

const wordsOf = (...sets: Words[]): string[] => sets.flatMap((words) => Object.values(words));
/** Field and file of every sighting, so that a failure says what was left where. */
const seen = async (...sets: Words[]): Promise<string[]> => {
  const names = new Map(sets.flatMap((words) => Object.entries(words).map(([field, word]) => [word, field])));
  const found = await sightings(stage.network.dataFolder, wordsOf(...sets));
  return [...new Set(found.map(({ word, file }) => `${names.get(word)} in ${file}`))].sort();
};

beforeAll(async () => {
  network = await startTestNetwork();
  stage = await prepareStage(network);
  await noise(network, NOISE_LINES, 1);
  gone = await playVictim(stage);
  former = await playVictim(stage);
  partner = await playPartner(stage);
  await noise(network, NOISE_LINES, 2);
  await network.settled();
  before = await seen(gone.who, gone.written, partner.words);
  must(await stage.admin.post(`/people/${gone.id}/erasure`, { contributions: true }));
  must(await stage.admin.post(`/people/${former.id}/erasure`, { contributions: false }));
  must(await stage.admin.post(`/people/${partner.id}/erasure`, { contributions: true }));
  await network.settled();
}, 240_000);
afterAll(() => network?.close());

describe('the search that proves it', () => {
  it('saw names, titles and texts in the clear where they are meant to be, and nothing of the files', () => {
    expect(before.some((sighting) => /^givenName in search\/search\.db/.test(sighting))).toBe(true);
    expect(before.some((sighting) => /^postBody in search\/search\.db/.test(sighting))).toBe(true);
    expect(before.some((sighting) => /^givenName in identity\/views\.db/.test(sighting))).toBe(true);
    expect(before.some((sighting) => /^invitedEmail in mail\//.test(sighting))).toBe(true);
    expect(before.filter((sighting) => /^(fileBytes|photo|draft)/.test(sighting))).toEqual([]);
  });
});

describe('after an erasure with contributions', () => {
  it('no byte of any file holds what they were or wrote', async () => {
    expect(await seen(gone.who, gone.written)).toEqual([]);
  });

  it('nor what an invited partner was', async () => {
    expect(await seen(partner.words)).toEqual([]);
  });

  it('their post says that it was erased, and their file is gone', async () => {
    const { body } = must(await stage.witness.get(`/posts/${gone.postId}`));
    expect(body).toMatchObject({ erased: true, title: '', body: '', attachments: [] });
    expect((await stage.witness.get(`/files/${gone.fileId}`)).status).toBe(404);
  });
});

describe('after an erasure that keeps contributions', () => {
  it('no byte of any file holds what they were', async () => {
    expect(await seen(former.who)).toEqual([]);
  });

  it('what they wrote stands in the clear in the search index alone', async () => {
    const sightingsOfTexts = await seen(former.written);
    expect(sightingsOfTexts.filter((sighting) => !/ in search\/search\.db(-wal)?$/.test(sighting))).toEqual([]);
    expect(sightingsOfTexts.some((sighting) => /^postBody in search\/search\.db/.test(sighting))).toBe(true);
  });

  it('it is still read, as by a former member', async () => {
    const { body } = must(await stage.witness.get(`/posts/${former.postId}`));
    expect(body).toMatchObject({ erased: false, title: former.written.postTitle });
    expect(body.body).toContain(former.written.editedBody);
    expect(body.author).toMatchObject({ status: 'erased', displayName: '', handle: '', title: '', photoFileId: null });
    const file = await stage.witness.get(`/files/${former.fileId}`);
    expect([file.status, file.body]).toEqual([200, `text ${former.written.fileBytes}`]);
    const { body: hits } = must(await stage.witness.get(`/search?q=${former.written.postBody}`));
    expect(JSON.stringify(hits)).toContain(former.postId);
  });
});

describe('after any erasure', () => {
  it.each([
    ['gone', () => gone],
    ['former', () => former],
  ])('accounts and sessions are gone: %s', async (_, victim) => {
    const { caller, browser, email } = victim();
    expect((await caller.get('/me')).status).toBeGreaterThanOrEqual(401);
    expect((await browser.get('/api/v1/me')).status).toBe(401);
    expect(await network.network.oidc.findAccountByEmail(email)).toBeUndefined();
  });

  it('nobody finds them, in the directory or by search', async () => {
    for (const word of [gone.who.givenName, gone.who.handle, former.who.familyName, gone.written.postBody, former.who.about]) {
      expect(JSON.stringify((await stage.admin.get(`/search?q=${word}`)).body)).not.toContain('"id"');
      expect(JSON.stringify((await stage.admin.get(`/people?q=${word}`)).body)).not.toContain(gone.id);
    }
  });

  it('every view built anew says what the live one says, and leaves nothing behind either', async () => {
    const answers = async () => ({
      posts: (await stage.witness.get(`/groups/${stage.openGroup}/posts`)).body.items,
      thread: (await stage.witness.get(`/posts/${former.postId}/comments`)).body,
      people: (await stage.admin.get('/people')).body.items,
      person: (await stage.admin.get(`/people/${gone.id}`)).body,
      feed: (await stage.witness.get('/feed')).body.items,
      inbox: (await stage.witness.get('/notifications')).body.items,
      search: (await stage.witness.get('/search?q=prototype')).body.items,
      reports: (await stage.admin.get('/reports')).body,
      requests: (await stage.witness.get(`/groups/${stage.closedGroup}/members?state=requested`)).body,
    });
    const live = await answers();
    for (const service of Object.values(network.network.services)) {
      const names = new Set((await service.status()).views.map(({ view }) => view));
      for (const name of names) await rebuildUnlessPolicy(service as ManagedService, name);
    }
    await network.settled();
    expect(await answers()).toEqual(live);
    expect(await seen(gone.who, gone.written, former.who, partner.words)).toEqual([]);
  });

  it('it holds over a restart', async () => {
    await network.restart();
    await network.settled();
    expect(await seen(gone.who, gone.written, former.who, partner.words)).toEqual([]);
  });
});

/** Policies and listeners are listed with the views; there is nothing to build of them. */
const rebuildUnlessPolicy = async (service: ManagedService, view: string): Promise<void> => {
  try {
    await service.rebuild(view);
  } catch (error) {
    if (!isParvisError(error, 'not-found')) throw error;
  }
};
