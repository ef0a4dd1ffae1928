import { eventLogContract } from './contracts/eventLogContract.ts';
import { createLogModel, createMemoryEventLog } from './memoryEventLog.ts';

eventLogContract('memory', async (clock) => {
  const model = createLogModel('memory');
  const openLog = () => createMemoryEventLog({ source: 'group', clock, model });
  let log = openLog();
  return {
    log,
    async reopen() {
      await log.close();
      log = openLog();
      return log;
    },
    dispose: () => log.close(),
  };
});
