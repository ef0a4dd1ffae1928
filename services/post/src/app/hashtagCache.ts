import { LRUCache } from 'lru-cache';
import { namedIn } from './markdown.ts';

/** Texts whose hashtags are remembered; parsing a page of long posts takes longer than reading it. */
export const HASHTAG_CACHE_LIMIT = 20_000;

export interface HashtagCache {
  /** @param key names one version of one text, e.g. `stream@version`: a text that changes has another key. */
  of(key: string, markdown: string): readonly string[];
}

/** Asked only with a text that could be opened: what is erased answers nothing, whatever is remembered. */
export const createHashtagCache = (): HashtagCache => {
  const known = new LRUCache<string, readonly string[]>({ max: HASHTAG_CACHE_LIMIT });
  return {
    of(key, markdown) {
      if (!markdown.includes('#')) return [];
      const found = known.get(key) ?? namedIn(markdown).hashtags;
      known.set(key, found);
      return found;
    },
  };
};
