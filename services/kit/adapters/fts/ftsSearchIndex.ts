/** The search index in one SQLite file: FTS5, one thread that writes and one that answers. */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import type { SearchIndex } from '../../ports/searchIndex.ts';
import { invalid } from '../../runtime/errors.ts';
import { SEARCH_FILE } from './schema.ts';
import { startThread } from './thread.ts';

export interface FtsSearchIndexOptions {
  /** Folder of the service's data; created when it is not there. */
  readonly folder: string;
  readonly logger: Logger;
  /** Longest time a query may take, waiting included; default 2,000. */
  readonly queryTimeoutMs?: number;
}

/** Walks stop after 200 ms by themselves; this bounds what they can't (a thread that is stuck, a long queue). */
export const QUERY_TIMEOUT_MS = 2_000;
/** Most hits of a page. */
export const PAGE_LIMIT = 100;
/** Most documents asked for by key. */
export const KEYS_LIMIT = 10_000;

const checkLimit = (limit: number): void => {
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_LIMIT) throw invalid('limit', `1 to ${PAGE_LIMIT}`);
};

export const createFtsSearchIndex = async ({
  folder,
  logger,
  queryTimeoutMs = QUERY_TIMEOUT_MS,
}: FtsSearchIndexOptions): Promise<SearchIndex> => {
  mkdirSync(folder, { recursive: true });
  const file = resolve(folder, SEARCH_FILE);
  const writer = await startThread({ settings: { file, role: 'writer' }, logger });
  const reader = await startThread({ settings: { file, role: 'reader' }, logger, timeoutMs: queryTimeoutMs });
  return {
    write: (batch) => writer.ask({ kind: 'write', batch }),
    marks: () => writer.ask({ kind: 'marks' }),
    clear: () => writer.ask({ kind: 'clear' }),
    async search(query, scope) {
      checkLimit(query.limit);
      return reader.ask({ kind: 'search', query, scope });
    },
    async suggest(prefix, types, scope, limit) {
      checkLimit(limit);
      return reader.ask({ kind: 'suggest', prefix, types, scope, limit });
    },
    async get(keys) {
      if (keys.length > KEYS_LIMIT) throw invalid('keys', `at most ${KEYS_LIMIT}`);
      return keys.length === 0 ? [] : reader.ask({ kind: 'get', keys });
    },
    async close() {
      await reader.close();
      await writer.close();
    },
  };
};
