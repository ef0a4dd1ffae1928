import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { SearchIndex } from '../../ports/searchIndex.ts';
import { searchIndexContract } from '../../testing/contracts/searchIndexContract.ts';
import { aBatch, aPerson, aPost, aQuery, aScope } from '../../testing/searchDocuments.ts';
import { SCOPE_TOKENS } from './admission.ts';
import { createFtsSearchIndex } from './ftsSearchIndex.ts';
import { MAX_WAITING } from './thread.ts';

let folder = '';
const logger = pino({ level: 'silent' });
const opened: SearchIndex[] = [];
const open = async (queryTimeoutMs?: number): Promise<SearchIndex> => {
  const index = await createFtsSearchIndex({ folder, logger, ...(queryTimeoutMs === undefined ? {} : { queryTimeoutMs }) });
  opened.push(index);
  return index;
};
const create = (): Promise<SearchIndex> => {
  folder = mkdtempSync(join(tmpdir(), 'parvis-fts-'));
  return open();
};
/** Threads that a failed test left open would keep the run from ending. */
const dispose = async (): Promise<void> => {
  for (const index of opened.splice(0)) await index.close();
  rmSync(folder, { recursive: true });
};

searchIndexContract('FTS5', { create, dispose });

/** Names of the files that hold the bytes of a text, whatever they hold it as. */
const filesWith = (text: string): string[] =>
  readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(Buffer.from(text, 'utf8')));

describe('files of the index', () => {
  afterEach(dispose);
  const CANARY = 'zzcanarybird';
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  /** Words around the canary in the order of the alphabet, so that it comes to lie at the edges of pages too. */
  const filler = (nth: number): string =>
    Array.from({ length: 60 }, (_, at) => `zz${letters[(nth + at) % 26]}${letters[(nth * 7 + at) % 26]}${nth}`).join(' ');
  const canaries = (nth: number): string => `${CANARY}${letters[nth % 26]}${nth}`;
  const documents = Array.from({ length: 400 }, (_, nth) =>
    aPost(`p${nth}`, {
      title: nth % 4 === 0 ? `Titre ${canaries(nth)}` : filler(nth + 5_000),
      body: `${filler(nth)} ${nth % 4 === 0 ? canaries(nth) : ''}`,
      authorId: nth % 4 === 0 ? 'ada' : 'bob',
      atMs: 1_000_000 + nth,
    }),
  );

  const fill = async (index: SearchIndex): Promise<void> => {
    for (let at = 0; at < documents.length; at += 50) await index.write(aBatch({ puts: documents.slice(at, at + 50) }));
    await index.write(aBatch({ puts: [aPerson('ada', { title: `${CANARY} Ada`, profile: CANARY, parts: { handle: CANARY } })] }));
  };

  it('hold no byte of an erased person', async () => {
    const index = await create();
    await fill(index);
    expect(filesWith(CANARY)).not.toEqual([]);
    await index.write(aBatch({ erased: [{ personId: 'ada', contributions: true }] }));
    expect(filesWith(CANARY)).toEqual([]);
    expect((await index.search(aQuery(''), aScope())).total).toBe(300);
    await index.close();
    expect(filesWith(CANARY)).toEqual([]);
  });

  it('hold no byte of deleted posts', async () => {
    const index = await create();
    await fill(index);
    await index.write(aBatch({ erased: [{ personId: 'ada', contributions: false }] }));
    for (const [nth, document] of documents.entries()) {
      if (document.authorId !== 'ada') continue;
      const place = { lane: 0, position: 2 };
      if (nth % 8 === 0) await index.write(aBatch({ deletes: [{ key: document.key, ...place }] }));
      else await index.write(aBatch({ threads: [{ postId: document.postId, state: 'deleted', ...place }] }));
    }
    expect(filesWith(CANARY)).toEqual([]);
    await index.close();
  });

  it('keep documents, marks and erasures over a restart, and build anew what another analysis made', async () => {
    const first = await create();
    const mark = { source: 'post', epoch: 'e', lane: 0, from: 0, to: 7 };
    await first.write(
      aBatch({ puts: [aPost('p', { body: 'durable' })], marks: [mark], erased: [{ personId: 'bob', contributions: true }] }),
    );
    await first.close();
    const second = await open();
    expect(await second.marks()).toEqual([{ source: 'post', epoch: 'e', lane: 0, position: 7 }]);
    await second.write(aBatch({ puts: [aPost('q', { body: 'durable', authorId: 'bob' })] }));
    expect((await second.search(aQuery('durable'), aScope())).hits.map((hit) => hit.document.id)).toEqual(['p']);
    await second.close();
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(join(folder, 'search.db'));
    db.exec("UPDATE meta SET value = 'another' WHERE name = 'analysis'");
    db.close();
    const third = await open();
    expect(await third.marks()).toEqual([]);
    expect((await third.search(aQuery('durable'), aScope())).total).toBe(0);
    await third.close();
  });
});

describe('scopes beyond the words of one query', () => {
  afterEach(dispose);

  it('find what their groups hold, and nothing where none of their groups holds a document', async () => {
    const index = await create();
    const groups = Array.from({ length: SCOPE_TOKENS + 1 }, (_, nth) => `full${nth}`);
    const empty = Array.from({ length: SCOPE_TOKENS + 1 }, (_, nth) => `empty${nth}`);
    await index.write(aBatch({ puts: groups.map((groupId, nth) => aPost(`p${nth}`, { groupId, body: 'partout' })) }));
    const total = async (groupIds: readonly string[]): Promise<number> =>
      (await index.search(aQuery('partout'), aScope({ groupIds }))).total;
    expect(await total(groups)).toBe(SCOPE_TOKENS + 1);
    expect(await total(empty)).toBe(0);
    expect(await total([...empty, 'full7'])).toBe(1);
  });
});

describe('threads of the index', () => {
  afterEach(dispose);

  it('apply batches that wait together in their order, and refuse alone the one that lost its mark', async () => {
    const index = await create();
    const move = (from: number, to: number) => [{ source: 'post', epoch: 'e', lane: 0, from, to }];
    const post = (nth: number) => aPost(`p${nth}`, { body: `ensemble${nth}`, lane: 0, position: nth });
    const outcomes = await Promise.allSettled([
      index.write(aBatch({ puts: [post(1)], marks: move(0, 1) })),
      index.write(aBatch({ puts: [post(2)], marks: move(1, 2) })),
      index.write(aBatch({ puts: [post(9)], marks: move(1, 9) })),
      index.write(aBatch({ puts: [post(3)], marks: move(2, 3) })),
      index.write(aBatch({ deletes: [{ key: post(2).key, lane: 0, position: 4 }], marks: move(3, 4) })),
      index.write(aBatch({ puts: [post(2)], erased: [{ personId: 'nobody', contributions: true }] })),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(outcomes[2]).toMatchObject({ reason: { kind: 'conflict', code: 'mark-conflict' } });
    expect(await index.marks()).toEqual([{ source: 'post', epoch: 'e', lane: 0, position: 4 }]);
    const found = await index.search(aQuery(''), aScope());
    expect(found.hits.map((hit) => hit.document.id).sort()).toEqual(['p1', 'p3']);
    expect(filesWith('ensemble2')).toEqual([]);
  });

  it('drop what comes in the batch behind an erasure', async () => {
    const index = await create();
    await Promise.all([
      index.write(aBatch({ erased: [{ personId: 'ada', contributions: true }] })),
      index.write(aBatch({ puts: [aPost('late', { authorId: 'ada' }), aPost('kept', { authorId: 'bob' })] })),
    ]);
    expect((await index.search(aQuery(''), aScope())).hits.map((hit) => hit.document.id)).toEqual(['kept']);
  });

  it('refuse more queries than the named number', async () => {
    const index = await create();
    const outcomes = await Promise.allSettled(Array.from({ length: MAX_WAITING + 1 }, () => index.search(aQuery('x'), aScope())));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toEqual([expect.objectContaining({ reason: expect.objectContaining({ code: 'search.busy' }) })]);
    await index.close();
  });

  it('are replaced when a query takes too long', async () => {
    await (await create()).close();
    const index = await open(0);
    await expect(index.search(aQuery('x'), aScope())).rejects.toMatchObject({ code: 'search.timeout' });
    await index.write(aBatch({ puts: [aPost('p')] }));
    await index.close();
  });

  it('are closed once, and refuse afterwards', async () => {
    const index = await create();
    await index.close();
    await index.close();
    await expect(index.search(aQuery('x'), aScope())).rejects.toMatchObject({ code: 'search.stopped' });
  });
});
