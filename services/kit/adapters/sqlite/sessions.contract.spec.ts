import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sessionsContract } from '../../testing/contracts/sessionsContract.ts';
import { openSqliteSessions, SESSIONS_PER_PERSON } from './sessions.ts';

sessionsContract('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parvis-sessions-'));
  return {
    open: async () => openSqliteSessions(join(folder, 'sessions.db')),
    dispose: async () => rmSync(folder, { recursive: true }),
    perPerson: SESSIONS_PER_PERSON,
  };
});
