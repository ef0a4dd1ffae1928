import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../runtime/logger.ts';
import { eventLogContract } from '../../testing/contracts/eventLogContract.ts';
import type { OpenLog } from '../../testing/contracts/eventLogFixture.ts';
import { createSqliteEventLog } from './eventLog.ts';

const logger = createLogger({ level: 'fatal', name: 'test' });

const openWith =
  (maxCommandsPerCommit: number | undefined): OpenLog =>
  async (clock) => {
    const folder = await mkdtemp(join(tmpdir(), 'parvis-log-'));
    const limit = maxCommandsPerCommit === undefined ? {} : { maxCommandsPerCommit };
    const openLog = () => createSqliteEventLog({ source: 'group', folder, logger, clock, ...limit });
    let log = await openLog();
    return {
      log,
      async reopen() {
        await log.close();
        log = await openLog();
        return log;
      },
      async dispose() {
        await log.close();
        await rm(folder, { recursive: true });
      },
    };
  };

eventLogContract('SQLite', openWith(undefined));
eventLogContract('SQLite, one append per commit', openWith(1));
