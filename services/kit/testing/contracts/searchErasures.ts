import { describe, expect, it } from '@jest/globals';
import type { SearchIndex } from '../../ports/searchIndex.ts';
import { aBatch, aComment, aPerson, aPost, aQuery, aScope } from '../searchDocuments.ts';

/** Persons who asked to be forgotten. */
export const searchErasures = (given: () => SearchIndex): void => {
  const found = async (text: string): Promise<string[]> =>
    (await given().search(aQuery(text), aScope())).hits.map((hit) => hit.document.key).sort();
  const documents = [
    aPerson('ada', { title: 'Ada canari' }),
    aPost('p', { body: 'canari', authorId: 'ada' }),
    aComment('c', 'p', { body: 'canari', authorId: 'bob' }),
    aComment('d', 'q', { body: 'canari', authorId: 'ada' }),
  ];

  describe('erasure', () => {
    it('of a person removes the card and keeps what they wrote', async () => {
      await given().write(aBatch({ puts: documents }));
      await given().write(aBatch({ erased: [{ personId: 'ada', contributions: false }] }));
      expect(await found('canari')).toEqual(['comment:c', 'comment:d', 'post:p']);
    });

    it('with contributions removes what they wrote too, and leaves what others wrote', async () => {
      await given().write(aBatch({ puts: documents }));
      await given().write(aBatch({ erased: [{ personId: 'ada', contributions: true }] }));
      expect(await found('canari')).toEqual(['comment:c']);
      expect(await given().get(['person:ada', 'post:p', 'comment:d'])).toEqual([undefined, undefined, undefined]);
      expect(await given().suggest('ada', [], aScope(), 10)).toEqual([]);
    });

    it('holds for what comes later, or with it, and after a rebuild', async () => {
      const late = documents.map((document) => ({ ...document, position: 9 }));
      await given().write(aBatch({ puts: documents, erased: [{ personId: 'ada', contributions: true }] }));
      await given().write(aBatch({ puts: late }));
      expect(await found('canari')).toEqual(['comment:c']);
      await given().clear();
      await given().write(aBatch({ puts: documents }));
      expect(await found('canari')).toEqual(['comment:c']);
    });

    it('is widened by a second one and never narrowed', async () => {
      await given().write(aBatch({ puts: documents, erased: [{ personId: 'ada', contributions: false }] }));
      await given().write(aBatch({ erased: [{ personId: 'ada', contributions: true }] }));
      await given().write(aBatch({ erased: [{ personId: 'ada', contributions: false }] }));
      await given().write(aBatch({ puts: [aPost('later', { body: 'canari', authorId: 'ada' })] }));
      expect(await found('canari')).toEqual(['comment:c']);
    });
  });
};
