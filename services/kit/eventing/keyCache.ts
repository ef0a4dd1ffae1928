/** Persons' keys for a short while in memory, so that a page of events costs one question to the vault, or none. */

import { LRUCache } from 'lru-cache';
import type { Clock } from '../ports/clock.ts';
import type { KeyReader, KeyRef, KeyState } from '../ports/keyVault.ts';
import { upTo } from '../runtime/cacheLimit.ts';

/** Longest that a key destroyed elsewhere may still be used here, should the event that says so not arrive. */
export const KEY_TTL_MS = 5 * 60_000;
export const KEY_CACHE_LIMIT = 50_000;

export interface KeyCache extends KeyReader {
  /** Forgets both keys of a person at once, and keeps neither while it still exists: PersonErased was seen. */
  evict(personId: string): void;
}

const nameOf = ({ personId, kind }: KeyRef): string => `${personId}/${kind}`;

/** Unknown keys are not kept: the next question asks the vault again. */
export const createKeyCache = (reader: KeyReader, clock: Clock): KeyCache => {
  const known = new LRUCache<string, KeyState>({
    ...upTo(KEY_CACHE_LIMIT),
    ttl: KEY_TTL_MS,
    ttlResolution: 0,
    perf: { now: () => clock.now().getTime() },
  });
  // Between PersonErased and the destruction of the keys a present key is about to go: it is used, and not kept.
  const erased = new LRUCache<string, true>({ ...upTo(KEY_CACHE_LIMIT) });
  let evictions = 0;

  const fetch = async (refs: readonly KeyRef[]): Promise<KeyState[]> => {
    const before = evictions;
    const states = await reader.get(refs);
    // What was asked before an eviction may be the very key that was destroyed since.
    if (before !== evictions) return states;
    refs.forEach((ref, index) => {
      const state = states[index];
      if (!state || state.state === 'unknown') return;
      if (state.state === 'present' && erased.has(ref.personId)) return;
      known.set(nameOf(ref), state);
    });
    return states;
  };

  return {
    async get(refs) {
      const states = refs.map((ref) => known.get(nameOf(ref)));
      const missing = refs.filter((_, index) => states[index] === undefined);
      if (missing.length === 0) return states as KeyState[];
      const fetched = (await fetch(missing)).values();
      return states.map((state) => state ?? fetched.next().value ?? { state: 'unknown' });
    },
    evict(personId) {
      evictions += 1;
      erased.set(personId, true);
      known.delete(nameOf({ personId, kind: 'who' }));
      known.delete(nameOf({ personId, kind: 'contributions' }));
    },
  };
};
