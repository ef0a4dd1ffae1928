/** Writes events into a new log without a service: what they would have written, as fast as the disk takes it. */
import { createSqliteLogImporter } from '@parvis/kit/adapters/sqlite/log/importer.ts';
import { LANE_HASH } from '@parvis/kit/adapters/sqlite/log/schema.ts';
import { LANE_COUNT, type LogHeader, type NewEvent, type RecordedEvent } from '@parvis/kit/ports/eventLog.ts';
import { randomId } from '@parvis/kit/runtime/ids.ts';
import { laneOfStream } from '@parvis/kit/runtime/streams.ts';

/** Events written in one transaction per lane. */
const EVENTS_PER_FLUSH = 24_000;

export interface LogBuilder {
  /** Events of one stream, in one commit. */
  add(stream: string, events: readonly NewEvent[], at: Date): Promise<void>;
  close(): Promise<void>;
}

export const createLogBuilder = (folder: string): LogBuilder => {
  const header: LogHeader = { epoch: randomId(), lanes: LANE_COUNT, hash: LANE_HASH };
  const importer = createSqliteLogImporter({ folder, header });
  const positions = new Array<number>(LANE_COUNT).fill(0);
  const waiting: RecordedEvent[][] = Array.from({ length: LANE_COUNT }, () => []);
  let count = 0;
  let commands = 0;
  const flush = async (): Promise<void> => {
    for (const records of waiting) {
      if (records.length > 0) await importer.importLane(records);
      records.length = 0;
    }
    count = 0;
  };
  return {
    async add(stream, events, at) {
      const lane = laneOfStream(stream);
      commands += 1;
      for (const [index, { type, data }] of events.entries()) {
        const position = (positions[lane] ?? 0) + 1;
        positions[lane] = position;
        const place = { epoch: header.epoch, lane, position, stream, version: index + 1 };
        waiting[lane]?.push({ ...place, type, data, at, commandId: `bench-${commands}`, actor: '', traceparent: '' });
      }
      count += events.length;
      if (count >= EVENTS_PER_FLUSH) await flush();
    },
    async close() {
      await flush();
      await importer.close();
    },
  };
};
