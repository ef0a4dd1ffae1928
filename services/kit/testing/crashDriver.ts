/**
 * Appends to a log under concurrency and prints every acknowledged command, until it is killed.
 * Arguments: folder, number of the first command. What command n writes follows from n alone (`commandOf`), so that the
 * suite that kills this process can audit the log and send the same commands again.
 */
import { createSqliteEventLog } from '../adapters/sqlite/eventLog.ts';
import { systemClock } from '../runtime/systemClock.ts';
import { commandOf } from './crashCommands.ts';
import { testLogger } from './testPorts.ts';

const CALLERS = 16;

const [, , folder = '', first = '0'] = process.argv;
const log = await createSqliteEventLog({ source: 'post', folder, logger: testLogger, clock: systemClock });
let next = Number(first);

const append = async (): Promise<never> => {
  for (;;) {
    const nth = next++;
    const { writes, options } = commandOf(nth);
    const { last, duplicate } = await log.append(writes, options);
    // Written synchronously: what is acknowledged is told, whatever happens next.
    process.stdout.write(`${nth} ${last.lane} ${last.position} ${duplicate ? 1 : 0}\n`);
  }
};
await Promise.all(Array.from({ length: CALLERS }, append));
