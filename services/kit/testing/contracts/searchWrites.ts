import { describe, expect, it } from '@jest/globals';
import type { SearchIndex } from '../../ports/searchIndex.ts';
import { isParvisError } from '../../runtime/errors.ts';
import { aBatch, aComment, aPost, aQuery, aScope } from '../searchDocuments.ts';

/** Puts, deletions, threads and marks. */
export const searchWrites = (given: () => SearchIndex): void => {
  const found = async (text: string): Promise<string[]> => {
    const page = await given().search(aQuery(text), aScope());
    expect(page.total).toBe(page.hits.length);
    return page.hits.map((hit) => hit.document.key).sort();
  };
  const mark = (from: number, to: number, lane = 3) => ({ source: 'post', epoch: 'e1', lane, from, to });

  describe('writes', () => {
    it('gives back what was put, by key and in the order of the keys', async () => {
      const document = aPost('p', { title: 'Ça', body: 'va', hashtags: ['été'], extra: 'x', profile: 'y', parts: { name: 'z' } });
      await given().write(aBatch({ puts: [document] }));
      expect(await given().get(['post:none', 'post:p'])).toEqual([undefined, document]);
    });

    it('replaces a document by a newer one', async () => {
      await given().write(aBatch({ puts: [aPost('p', { title: 'ancien', position: 5 })] }));
      await given().write(aBatch({ puts: [aPost('p', { title: 'nouveau', position: 6 })] }));
      expect(await found('ancien')).toEqual([]);
      expect(await found('nouveau')).toEqual(['post:p']);
    });

    it('never lets an older position overwrite a newer', async () => {
      await given().write(aBatch({ puts: [aPost('p', { title: 'nouveau', position: 6 })] }));
      await given().write(aBatch({ puts: [aPost('p', { title: 'ancien', position: 5 }), aPost('p', { title: 'ancien', position: 6 })] }));
      await given().write(aBatch({ deletes: [{ key: 'post:p', lane: 0, position: 5 }] }));
      expect(await found('ancien')).toEqual([]);
      expect(await found('nouveau')).toEqual(['post:p']);
    });

    it('remembers deletions: what is older does not come back, what is newer does', async () => {
      await given().write(aBatch({ puts: [aPost('p', { title: 'vieux', position: 5 })] }));
      await given().write(
        aBatch({
          deletes: [
            { key: 'post:p', lane: 0, position: 6 },
            { key: 'post:q', lane: 0, position: 6 },
          ],
        }),
      );
      await given().write(aBatch({ puts: [aPost('p', { title: 'vieux', position: 4 }), aPost('q', { title: 'vieux', position: 6 })] }));
      expect(await found('vieux')).toEqual([]);
      expect(await given().get(['post:p', 'post:q'])).toEqual([undefined, undefined]);
      await given().write(aBatch({ puts: [aPost('p', { title: 'vieux', position: 7 })] }));
      expect(await found('vieux')).toEqual(['post:p']);
    });

    it('moves a document whose time changed', async () => {
      const before = [aPost('p', { title: 'x1', atMs: 1_000 }), aPost('q', { title: 'x1', atMs: 2_000 })];
      await given().write(aBatch({ puts: before }));
      await given().write(aBatch({ puts: [aPost('p', { title: 'x1', atMs: 3_000, position: 2 })] }));
      const page = await given().search(aQuery('x1'), aScope());
      expect(page.hits.map((hit) => hit.document.id)).toEqual(['p', 'q']);
    });
  });

  describe('threads', () => {
    const thread = (state: 'shown' | 'hidden' | 'deleted', position: number) => ({ postId: 'p', state, lane: 0, position });
    const documents = [aPost('p', { body: 'fil' }), aComment('c1', 'p', { body: 'fil' }), aPost('q', { body: 'fil' })];

    it('takes a post out of sight with its comments, those that come later too, and back', async () => {
      await given().write(aBatch({ puts: documents }));
      await given().write(aBatch({ threads: [thread('hidden', 5)] }));
      await given().write(aBatch({ puts: [aComment('c2', 'p', { body: 'fil', position: 6 })] }));
      expect(await found('fil')).toEqual(['post:q']);
      await given().write(aBatch({ threads: [thread('shown', 7)] }));
      expect(await found('fil')).toEqual(['comment:c1', 'comment:c2', 'post:p', 'post:q']);
    });

    it('leaves a comment hidden that was hidden itself', async () => {
      await given().write(aBatch({ puts: [...documents, aComment('c1', 'p', { body: 'fil', hidden: true, position: 2 })] }));
      await given().write(aBatch({ threads: [thread('hidden', 5)] }));
      await given().write(aBatch({ threads: [thread('shown', 6)] }));
      expect(await found('fil')).toEqual(['post:p', 'post:q']);
    });

    it('deletes a post with its comments, and drops those that come later', async () => {
      await given().write(aBatch({ puts: documents }));
      await given().write(aBatch({ threads: [thread('deleted', 5)], puts: [aComment('c2', 'p', { body: 'fil', position: 4 })] }));
      await given().write(aBatch({ puts: [aComment('c3', 'p', { body: 'fil', position: 3 })] }));
      expect(await found('fil')).toEqual(['post:q']);
      expect(await given().get(['post:p', 'comment:c1', 'comment:c2', 'comment:c3'])).toEqual([undefined, undefined, undefined, undefined]);
    });

    it('heeds the newest change alone', async () => {
      await given().write(aBatch({ puts: documents, threads: [thread('shown', 9)] }));
      await given().write(aBatch({ threads: [thread('hidden', 8)] }));
      expect(await found('fil')).toEqual(['comment:c1', 'post:p', 'post:q']);
    });
  });

  describe('marks', () => {
    it('move with the documents, by compare and set', async () => {
      await given().write(aBatch({ puts: [aPost('p', { body: 'un' })], marks: [mark(0, 5), mark(0, 2, 4)] }));
      await given().write(aBatch({ marks: [mark(5, 8)] }));
      const marks = await given().marks();
      expect(marks.sort((a, b) => a.lane - b.lane)).toEqual([
        { source: 'post', epoch: 'e1', lane: 3, position: 8 },
        { source: 'post', epoch: 'e1', lane: 4, position: 2 },
      ]);
    });

    it('refuse the whole batch of who lost them', async () => {
      await given().write(aBatch({ marks: [mark(0, 5)] }));
      const batch = aBatch({
        puts: [aPost('p', { body: 'un' })],
        erased: [{ personId: 'bob', contributions: true }],
        marks: [mark(0, 1, 4), mark(4, 6)],
      });
      const failure = await given()
        .write(batch)
        .catch((error: unknown) => error);
      expect(isParvisError(failure, 'mark-conflict')).toBe(true);
      await given().write(aBatch({ puts: [aPost('q', { body: 'un', authorId: 'bob' })] }));
      expect(await found('un')).toEqual(['post:q']);
      expect(await given().marks()).toHaveLength(1);
    });

    it('are moved by one of two writers', async () => {
      const outcomes = await Promise.allSettled(
        ['a', 'b'].map((id) => given().write(aBatch({ puts: [aPost(id, { body: 'un' })], marks: [mark(0, 1)] }))),
      );
      expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await found('un')).toHaveLength(1);
    });

    it('are forgotten by clear, with every document', async () => {
      await given().write(
        aBatch({
          puts: [aPost('p', { body: 'un' })],
          threads: [{ postId: 'p', state: 'deleted', lane: 0, position: 3 }],
          marks: [mark(0, 5)],
        }),
      );
      await given().clear();
      expect(await given().marks()).toEqual([]);
      await given().write(aBatch({ puts: [aPost('p', { body: 'un' })], marks: [mark(0, 1)] }));
      expect(await found('un')).toEqual(['post:p']);
    });
  });
};
