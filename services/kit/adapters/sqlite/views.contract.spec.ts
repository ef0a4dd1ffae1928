import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { viewsContract } from '../../testing/contracts/viewsContract.ts';
import { createSqliteViewStore } from './views.ts';

viewsContract('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parvis-views-'));
  return {
    store: async () => createSqliteViewStore({ folder }),
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  };
});
