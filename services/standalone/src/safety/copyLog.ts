import { LANE_COUNT } from '@parvis/kit/ports/eventLog.ts';
import type { LogImporter, LogReader } from '@parvis/kit/ports/logTransfer.ts';

const PAGE = 1_000;

/** Copies a log that nobody writes to, event by event, from any store into any other. @returns how many events */
export const copyLog = async (from: LogReader, to: LogImporter): Promise<number> => {
  let events = 0;
  for (let lane = 0; lane < LANE_COUNT; lane++) {
    for (let after = 0; ; ) {
      const page = await from.readLane(lane, { after, limit: PAGE });
      if (page.length > 0) await to.importLane(page);
      events += page.length;
      if (page.length < PAGE) break;
      after = page.at(-1)?.position ?? after;
    }
    for (let after = ''; ; ) {
      const page = await from.readCommands(lane, { after, limit: PAGE });
      if (page.length > 0) await to.importCommands(lane, page);
      if (page.length < PAGE) break;
      after = page.at(-1)?.commandId ?? after;
    }
  }
  return events;
};
