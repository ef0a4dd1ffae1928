import { afterEach, beforeEach, describe } from '@jest/globals';
import type { SearchIndex } from '../../ports/searchIndex.ts';
import { searchErasures } from './searchErasures.ts';
import { searchPages } from './searchPages.ts';
import { searchWords } from './searchWords.ts';
import { searchWrites } from './searchWrites.ts';

export interface SearchIndexHarness {
  /** A new, empty index. */
  create(): Promise<SearchIndex>;
  /** Removes what `create` made, after the index was closed. */
  dispose(): Promise<void>;
}

/** What every search index does alike; the adapters' suites run it. */
export const searchIndexContract = (name: string, harness: SearchIndexHarness): void => {
  describe(`search index: ${name}`, () => {
    let index: SearchIndex;
    beforeEach(async () => {
      index = await harness.create();
    });
    afterEach(async () => {
      await index.close();
      await harness.dispose();
    });
    searchWords(() => index);
    searchPages(() => index);
    searchWrites(() => index);
    searchErasures(() => index);
  });
};
