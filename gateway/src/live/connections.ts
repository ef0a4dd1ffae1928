/** The live streams open in this process: how many, whose, and how to end them. */
import { ParvisError } from '@parvis/kit/runtime/errors.ts';
import { LIVE_STREAMS_PER_PERSON, LIVE_STREAMS_TOTAL } from '../limits.ts';

export interface LiveConnection {
  readonly principalKey: string;
  /** Absent for bearer tokens. */
  readonly sessionId: string | undefined;
  close(): void;
}

export interface LiveConnections {
  /** @returns a function that forgets the connection. @throws too-many-requests over the limits per person and in all */
  add(connection: LiveConnection): () => void;
  closeSession(sessionId: string): void;
  closePrincipal(principalKey: string): void;
  closeAll(): void;
  size(): number;
}

const tooMany = (limit: number, of: string): ParvisError =>
  new ParvisError('too-many-requests', 'live.too-many', `at most ${limit} live streams ${of}`);

export const createLiveConnections = (total = LIVE_STREAMS_TOTAL): LiveConnections => {
  const byPrincipal = new Map<string, Set<LiveConnection>>();
  let count = 0;
  const close = (matches: (connection: LiveConnection) => boolean): void => {
    const found = [...byPrincipal.values()].flatMap((connections) => [...connections].filter(matches));
    for (const connection of found) connection.close();
  };
  return {
    add(connection) {
      const mine = byPrincipal.get(connection.principalKey) ?? new Set();
      if (mine.size >= LIVE_STREAMS_PER_PERSON) throw tooMany(LIVE_STREAMS_PER_PERSON, 'of one person');
      if (count >= total) throw tooMany(total, 'here');
      mine.add(connection);
      byPrincipal.set(connection.principalKey, mine);
      count += 1;
      return () => {
        if (!mine.delete(connection)) return;
        count -= 1;
        if (mine.size === 0 && byPrincipal.get(connection.principalKey) === mine) byPrincipal.delete(connection.principalKey);
      };
    },
    closeSession: (sessionId) => close((connection) => connection.sessionId === sessionId),
    closePrincipal: (key) => {
      for (const connection of [...(byPrincipal.get(key) ?? [])]) connection.close();
    },
    closeAll: () => close(() => true),
    size: () => count,
  };
};
