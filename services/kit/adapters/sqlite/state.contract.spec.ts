import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stateContract } from '../../testing/contracts/stateContract.ts';
import { createSqliteStateStore } from './state.ts';

stateContract('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parvis-state-'));
  return {
    store: async () => createSqliteStateStore({ folder }),
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  };
});
