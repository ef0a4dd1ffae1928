import type { Session, Sessions } from '@parvis/kit/ports/sessions.ts';

/** Sessions in memory, with the port's semantics. */
export const createMemorySessions = (): Sessions & { all(): Session[] } => {
  const byId = new Map<string, Session>();
  const endWhere = (matches: (session: Session) => boolean): number => {
    const ended = [...byId.values()].filter(matches);
    for (const { id } of ended) byId.delete(id);
    return ended.length;
  };
  return {
    all: () => [...byId.values()],
    create: async (session) => void byId.set(session.id, session),
    get: async (id) => byId.get(id),
    async update(session) {
      if (!byId.has(session.id)) return false;
      byId.set(session.id, session);
      return true;
    },
    end: async (id) => void byId.delete(id),
    endBySubject: async (issuer, subject, providerSessionId) =>
      endWhere(
        (session) =>
          session.issuer === issuer &&
          session.subject === subject &&
          (providerSessionId === undefined || session.providerSessionId === providerSessionId),
      ),
    listByPerson: async (personId) => [...byId.values()].filter((session) => session.personId === personId),
    endByPerson: async (personId) => endWhere((session) => session.personId === personId),
    sweep: async (beforeMs) => endWhere((session) => session.expiresAtMs < beforeMs),
    close: async () => undefined,
  };
};
