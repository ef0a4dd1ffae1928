import type { EventRecord } from '@parvis/contracts/gen/parvis/feed/v1/feed.ts';
import type { RecordedEvent } from '../../ports/eventLog.ts';

/** A record as EventFeed carries it, as the port has it. */
export const recordedFromFeed = (record: EventRecord): RecordedEvent => ({
  epoch: record.epoch,
  lane: record.lane,
  position: Number(record.position),
  stream: record.stream,
  version: record.version,
  type: record.type,
  data: record.data,
  at: record.at ?? new Date(0),
  commandId: record.commandId,
  actor: record.actor,
  traceparent: record.traceparent,
});
