/**
 * State that was kept after the logs were cut, brought to a new history: what was done stays done (no mail goes out
 * twice), and what is said about events that were not kept is forgotten, for others will stand in their places.
 */
import type { StateRow } from '@parvis/kit/adapters/sqlite/snapshot.ts';
import { laneOf } from '@parvis/kit/runtime/streams.ts';
import { WATERMARK_TABLES } from '@parvis/notification/src/service.ts';
import type { CutLog } from './manifest.ts';

export interface CarriedLog extends Pick<CutLog, 'heads' | 'seen'> {
  readonly epoch: string;
  readonly newEpoch: string;
}
export type CarriedLogs = Readonly<Record<string, CarriedLog>>;

interface PolicyMark {
  readonly epoch: string;
  readonly position: number;
}

const headOf = (logs: CarriedLogs, source: string | undefined, lane: string | number | undefined): number =>
  logs[source ?? '']?.heads[Number(lane)] ?? 0;

/**
 * A policy of a service goes on from what its own log may follow from: what it did later is not in that log, and what it
 * did outside (mail) is known by the event's id.
 */
const carryMark = (logs: CarriedLogs, service: string, row: StateRow): StateRow => {
  const [source = '', lane = ''] = row.key.split('/').slice(-2);
  const log = logs[source];
  const mark = row.value as PolicyMark;
  if (log === undefined || mark.epoch !== log.epoch) return row;
  const seen = logs[service]?.seen[source]?.[Number(lane)] ?? headOf(logs, source, lane);
  return { ...row, value: { epoch: log.newEpoch, position: Math.min(mark.position, seen, headOf(logs, source, lane)) } };
};

const carryWatermark = (logs: CarriedLogs, row: StateRow): StateRow | undefined => {
  const [, second = '', lane, position] = row.key.split('/');
  const value = row.value as number;
  switch (row.table) {
    case WATERMARK_TABLES.inbox:
      return { ...row, value: Math.min(value, headOf(logs, second, lane)) };
    case WATERMARK_TABLES.group:
      return { ...row, value: Math.min(value, headOf(logs, 'post', laneOf(`group/${second}`))) };
    case WATERMARK_TABLES.single:
      return Number(position) > headOf(logs, second, lane) ? undefined : row;
    default:
      return row;
  }
};

/** Ids of events (epoch-lane-position) of the old histories become those of the new ones. Undefined: beyond the cut. */
const carryIds = (logs: CarriedLogs, text: string): string | undefined => {
  let carried = text;
  for (const { epoch, newEpoch, heads } of Object.values(logs)) {
    if (!carried.includes(epoch)) continue;
    let beyond = false;
    carried = carried.replace(new RegExp(`${epoch}-(\\d+)-(\\d+)`, 'g'), (_id, lane: string, position: string) => {
      beyond ||= Number(position) > (heads[Number(lane)] ?? 0);
      return `${newEpoch}-${lane}-${position}`;
    });
    if (beyond) return undefined;
  }
  return carried;
};

/** A command of a policy is named by the event it follows from: under its new name it is known as done. */
export const carryCommandId = (logs: CarriedLogs, commandId: string): string => carryIds(logs, commandId) ?? commandId;

/** @param service whose state it is. @returns undefined for a row that says nothing any more */
export const carryRow = (logs: CarriedLogs, service: string, row: StateRow): StateRow | undefined => {
  if (row.table === 'policyMarks') return carryMark(logs, service, row);
  // Positions of the service's parked events: those of kept events still hold, and `release` refuses the others in words.
  if (row.table === 'policyParked') return row;
  if ((Object.values(WATERMARK_TABLES) as string[]).includes(row.table)) return carryWatermark(logs, row);
  const key = carryIds(logs, row.key);
  const value = carryIds(logs, JSON.stringify(row.value));
  if (key === undefined || value === undefined) return undefined;
  return key === row.key && value === JSON.stringify(row.value) ? row : { ...row, key, value: JSON.parse(value) };
};
