import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSearchNetwork, type SearchNetwork } from './testing/searchNetwork.ts';

let given: SearchNetwork;
let ada: string;
let ben: string;
let group: string;

beforeEach(async () => {
  given = await createSearchNetwork();
  ada = await given.network.givenEmployee({ givenName: 'Canariname', familyName: 'Ada' });
  ben = await given.network.givenEmployee({ givenName: 'Ben', familyName: 'Petit' });
  group = await given.network.givenGroup({ name: 'Volière', members: [ada, ben] });
  await given.network.settled();
});
afterEach(() => given.close());

const filesWith = (text: string): string[] =>
  readdirSync(given.folder).filter((name) => name.startsWith('search.db') && readFileSync(join(given.folder, name)).includes(text));

const erase = async (contributions: boolean): Promise<void> => {
  await given.happen('person', ada, { $case: 'personErased', value: { by: ben, contributions } });
  await given.network.vault.destroy({ personId: ada, kind: 'who' });
  if (contributions) await given.network.vault.destroy({ personId: ada, kind: 'contributions' });
};

describe('an erased person', () => {
  it('leaves no card and no byte of a name, and keeps what was written when asked to', async () => {
    const post = await given.post(group, ada, { title: 'Canaritexte', body: '' });
    expect(filesWith('anariname')).not.toEqual([]);
    await erase(false);
    expect(await given.found(ben, 'canariname')).toEqual([]);
    expect(await given.suggested(ben, 'canari')).toEqual([`post:${post}`]);
    expect(filesWith('anariname')).toEqual([]);
  });

  it('leaves no byte of what was written either when that is asked for, nor of what comes late', async () => {
    const post = await given.post(group, ben, { title: 'Graines', body: '' });
    await given.post(group, ada, { title: 'Canaritexte', body: 'canaritexte' });
    await given.comment(post, ada, 'canaritexte');
    await given.happen('person', ada, { $case: 'personErased', value: { by: ben, contributions: true } });
    await given.post(group, ada, { title: 'Canaritexte tardif', body: '' });
    expect(await given.found(ben, 'canaritexte')).toEqual([]);
    expect(await given.found(ben, 'graines')).toEqual([`post:${post}`]);
    for (const text of ['anariname', 'anaritexte']) expect(filesWith(text)).toEqual([]);
  });
});

describe('a rebuild', () => {
  const everything = async (): Promise<unknown> => {
    const { hits, facets, total } = await given.search(ben, { query: '', limit: 50, withFacets: true });
    return { hits: [...hits].sort((a, b) => (a.id < b.id ? -1 : 1)), facets, total };
  };

  it('makes the same index as following did', async () => {
    const post = await given.post(group, ben, { title: 'Graines', body: 'de lin #semis' });
    const hidden = await given.post(group, ben, { title: 'Caché', body: '' });
    const deleted = await given.post(group, ben, { title: 'Supprimé', body: '' });
    await given.comment(hidden, ben, 'dessous');
    await given.comment(deleted, ben, 'dessous');
    await given.comment(post, ada, 'Effacé');
    await given.editPost(post, ben, { title: 'Graines de lin', body: 'bis' });
    await given.happen('post', hidden, { $case: 'postHidden', value: { by: ben, reason: '' } });
    await given.happen('post', deleted, { $case: 'postDeleted', value: { by: ben, reason: '' } });
    await erase(true);
    const live = await everything();
    expect(live).toMatchObject({ total: 3 });
    await given.service.rebuild('index');
    await given.network.settled();
    expect(await everything()).toEqual(live);
    await given.happen('post', hidden, { $case: 'postRestored', value: { by: ben } });
    expect(await given.found(ben, 'dessous')).toHaveLength(1);
  });

  it('is shown in the status with its lag', async () => {
    const lines = async () => (await given.service.status()).views.filter((line) => line.view === 'index');
    expect((await lines()).map(({ source, lag, parked, state }) => ({ source, lag, parked, state }))).toEqual(
      ['identity', 'group', 'post'].map((source) => ({ source, lag: 0, parked: 0, state: 'running' })),
    );
  });
});
