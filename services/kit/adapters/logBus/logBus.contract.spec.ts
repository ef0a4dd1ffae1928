import { EventFeedServiceService } from '@parvis/contracts/gen/parvis/feed/v1/feed.ts';
import { directClient } from '../../runtime/directClient.ts';
import { createEventFeed } from '../../runtime/eventFeed.ts';
import { systemClock } from '../../runtime/systemClock.ts';
import { busContract } from '../../testing/contracts/busContract.ts';
import { createMemoryEventLog } from '../../testing/memoryEventLog.ts';
import { testLogger } from '../../testing/testPorts.ts';
import { createFeedReader } from './feedReader.ts';
import { createLocalReader, type LaneReader } from './laneReader.ts';
import { createLogBus } from './logBus.ts';

const openWith = (readerOf: (log: ReturnType<typeof createMemoryEventLog>) => LaneReader) => async () => {
  const log = createMemoryEventLog({ source: 'group', clock: systemClock });
  const bus = createLogBus({
    reader: (source) => (source === 'group' ? readerOf(log) : undefined),
    clock: systemClock,
    logger: testLogger,
  });
  return {
    bus,
    log,
    async cleanUp() {
      await bus.close();
      await log.close();
    },
  };
};

busContract('the log in process', openWith(createLocalReader));
busContract(
  'the log through its EventFeed',
  openWith((log) =>
    createFeedReader({
      client: directClient(EventFeedServiceService, createEventFeed(log, systemClock)),
      service: 'post',
      clock: systemClock,
    }),
  ),
);
