import type { Session, Sessions } from '../../ports/sessions.ts';
import { inTransaction, openDatabase } from './database.ts';

/** Most sessions of one person; a further one ends the one not seen for longest. */
export const SESSIONS_PER_PERSON = 100;
/** Sessions removed by one transaction of a sweep. */
const SWEEP_BATCH = 1_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    providerSessionId TEXT NOT NULL,
    sealedTokens TEXT NOT NULL,
    createdAtMs INTEGER NOT NULL,
    lastSeenAtMs INTEGER NOT NULL,
    expiresAtMs INTEGER NOT NULL,
    userAgent TEXT NOT NULL,
    personId TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS sessionsOfSubject ON sessions (issuer, subject, providerSessionId);
  CREATE INDEX IF NOT EXISTS sessionsOfPerson ON sessions (personId, lastSeenAtMs);
  CREATE INDEX IF NOT EXISTS sessionsByEnd ON sessions (expiresAtMs);
`;
const COLUMNS = 'id, issuer, subject, providerSessionId, sealedTokens, createdAtMs, lastSeenAtMs, expiresAtMs, userAgent, personId';

const valuesOf = (session: Session): (string | number)[] => [
  session.id,
  session.issuer,
  session.subject,
  session.providerSessionId,
  session.sealedTokens,
  session.createdAtMs,
  session.lastSeenAtMs,
  session.expiresAtMs,
  session.userAgent,
  session.personId,
];

const sessionOf = (row: unknown): Session => ({ ...(row as Session) });

/**
 * Sessions of browsers in a file of their own, durable when a call resolves: a session that was ended must not come back
 * with a power cut.
 */
export const openSqliteSessions = (file: string): Sessions => {
  const database = openDatabase(file, { synchronous: 'FULL', cacheKb: 2048 });
  database.exec(SCHEMA);
  const insert = database.prepare(`INSERT INTO sessions (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const trim = database.prepare(`DELETE FROM sessions WHERE personId = ?1 AND personId <> '' AND id NOT IN
    (SELECT id FROM sessions WHERE personId = ?1 ORDER BY lastSeenAtMs DESC LIMIT ${SESSIONS_PER_PERSON})`);
  const select = database.prepare(`SELECT ${COLUMNS} FROM sessions WHERE id = ?`);
  const update = database.prepare(`UPDATE sessions SET (${COLUMNS}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ?`);
  const endOne = database.prepare('DELETE FROM sessions WHERE id = ?');
  const endSubject = database.prepare('DELETE FROM sessions WHERE issuer = ? AND subject = ?');
  const endProviderSession = database.prepare('DELETE FROM sessions WHERE issuer = ? AND subject = ? AND providerSessionId = ?');
  const byPerson = database.prepare(
    `SELECT ${COLUMNS} FROM sessions WHERE personId = ? ORDER BY lastSeenAtMs DESC LIMIT ${SESSIONS_PER_PERSON}`,
  );
  const endPerson = database.prepare('DELETE FROM sessions WHERE personId = ?');
  const endOld = database.prepare(`DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expiresAtMs < ? LIMIT ${SWEEP_BATCH})`);
  const write = (work: () => { changes: number | bigint }): number => Number(inTransaction(database, work).changes);
  return {
    create: async (session) => {
      write(() => {
        insert.run(...valuesOf(session));
        return trim.run(session.personId);
      });
    },
    get: async (id) => {
      const row = select.get(id);
      return row && sessionOf(row);
    },
    update: async (session) => write(() => update.run(...valuesOf(session), session.id)) === 1,
    end: async (id) => void write(() => endOne.run(id)),
    endBySubject: async (issuer, subject, providerSessionId) =>
      write(() =>
        providerSessionId === undefined ? endSubject.run(issuer, subject) : endProviderSession.run(issuer, subject, providerSessionId),
      ),
    listByPerson: async (personId) => byPerson.all(personId).map(sessionOf),
    endByPerson: async (personId) => write(() => endPerson.run(personId)),
    async sweep(beforeMs) {
      for (let ended = 0; ; ) {
        const changes = write(() => endOld.run(beforeMs));
        ended += changes;
        if (changes < SWEEP_BATCH) return ended;
      }
    },
    async close() {
      if (database.isOpen) database.close();
    },
  };
};
