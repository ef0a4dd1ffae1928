/** Reads a whole log and lists what is wrong with it: what `parvis verify` shows, and what crash tests ask. */
import { familyOfStream, metaOfType } from '@parvis/contracts/src/registry.ts';
import { LANE_COUNT, type RecordedEvent } from '../ports/eventLog.ts';
import type { LogReader } from '../ports/logTransfer.ts';
import { laneOf, rootOf } from '../runtime/streams.ts';

const PAGE_SIZE = 1_000;
/** More than this is not listed: a log with so much wrong needs its backup, not a longer list. */
export const MOST_FINDINGS = 1_000;

export type FindingCode =
  /** The store's own check of its files. */
  | 'store'
  | 'header'
  /** A position is missing, or stands twice. */
  | 'position'
  | 'version'
  | 'lane'
  | 'date'
  /** The event's bytes, its type or its stream do not fit together. */
  | 'event'
  | 'command'
  | 'head';

export interface Finding {
  readonly code: FindingCode;
  readonly lane: number | undefined;
  readonly position: number | undefined;
  /** Names streams, types and ids, never texts. */
  readonly message: string;
}

export interface VerifiedLog {
  readonly source: string;
  readonly events: number;
  readonly commands: number;
  readonly streams: number;
  readonly findings: readonly Finding[];
}

type Note = (code: FindingCode, message: string, event?: { lane: number; position: number }) => void;

/** @param log also its store's own check of its files, where the store has one. */
export const verifyLog = async (log: LogReader & { integrity?(): readonly string[] }): Promise<VerifiedLog> => {
  const findings: Finding[] = [];
  const note: Note = (code, message, event) => {
    if (findings.length < MOST_FINDINGS) findings.push({ code, lane: event?.lane, position: event?.position, message });
  };
  for (const message of log.integrity?.() ?? []) note('store', message);
  const header = await log.header();
  if (header.lanes !== LANE_COUNT) note('header', `${header.lanes} lanes where this release has ${LANE_COUNT}`);
  const heads = await log.heads();
  let events = 0;
  let commands = 0;
  let streams = 0;
  for (let lane = 0; lane < LANE_COUNT; lane++) {
    const known = await readCommands(log, lane);
    commands += known.size;
    const verified = await verifyLane(log, lane, heads[lane] ?? 0, known, note);
    events += verified.events;
    streams += verified.streams;
  }
  return { source: log.source, events, commands, streams, findings };
};

/** Commands of a lane by id, with the position of their last event. */
const readCommands = async (log: LogReader, lane: number): Promise<Map<string, number>> => {
  const positions = new Map<string, number>();
  for (let after = ''; ; ) {
    const page = await log.readCommands(lane, { after, limit: PAGE_SIZE });
    for (const { commandId, result } of page) positions.set(commandId, result.last.position);
    const last = page.at(-1);
    if (!last || page.length < PAGE_SIZE) return positions;
    after = last.commandId;
  }
};

const verifyLane = async (
  log: LogReader,
  lane: number,
  head: number,
  commands: Map<string, number>,
  note: Note,
): Promise<{ events: number; streams: number }> => {
  const versions = new Map<string, number>();
  let previous: RecordedEvent | undefined;
  let count = 0;
  for (let after = 0; ; ) {
    const page = await log.readLane(lane, { after, limit: PAGE_SIZE });
    count += page.length;
    for (const event of page) {
      verifyPlace(event, lane, previous, versions, note);
      verifyEvent(event, note);
      if (previous && previous.commandId !== event.commandId) endCommand(previous, commands, note);
      previous = event;
    }
    if (page.length < PAGE_SIZE) break;
    after = page.at(-1)?.position ?? head;
  }
  if (previous) endCommand(previous, commands, note);
  const last = previous?.position ?? 0;
  // A log that is being written may have moved on since its head was asked for; it may not have lost anything.
  if (last < head) note('head', `the lane ends at ${last}, its head is said to be ${head}`, { lane, position: last });
  for (const [commandId, position] of commands) {
    if (position <= last) note('command', `command ${commandId} has no events there`, { lane, position });
  }
  return { events: count, streams: versions.size };
};

const verifyPlace = (
  event: RecordedEvent,
  lane: number,
  previous: RecordedEvent | undefined,
  versions: Map<string, number>,
  note: Note,
): void => {
  const { stream, version, position, at } = event;
  const expected = (previous?.position ?? 0) + 1;
  if (position !== expected) note('position', `expected position ${expected}`, event);
  if (laneOfStreamOrNone(stream) !== lane) note('lane', `${stream} does not belong into this lane`, event);
  const next = (versions.get(stream) ?? 0) + 1;
  if (version !== next) note('version', `${stream} is at version ${version}, expected ${next}`, event);
  versions.set(stream, version);
  if (previous && at < previous.at) note('date', `dated ${at.toISOString()}, before the event in front of it`, event);
};

const laneOfStreamOrNone = (stream: string): number | undefined => {
  try {
    return laneOf(rootOf(stream));
  } catch {
    // Not even a path: it belongs into no lane, and that is what the finding says.
    return undefined;
  }
};

const verifyEvent = (event: RecordedEvent, note: Note): void => {
  const { type, stream, data } = event;
  const known = metaOfType(type);
  if (!known) {
    note('event', `${type} is a type this release does not know`, event);
    return;
  }
  const family = familyOfStream(stream);
  if (family?.name !== known.family.name) note('event', `${type} does not belong into ${stream}`, event);
  try {
    const $case = known.family.codec.decode(data).event?.$case;
    if ($case !== known.meta.case) note('event', `${type} holds ${$case ?? 'nothing'} instead`, event);
  } catch (error) {
    note('event', `${type} can not be decoded: ${error instanceof Error ? error.message : error}`, event);
  }
};

/** A command's events stand side by side, once, and its record names the last of them. */
const endCommand = (last: RecordedEvent, commands: Map<string, number>, note: Note): void => {
  const recorded = commands.get(last.commandId);
  commands.delete(last.commandId);
  if (recorded !== last.position) {
    const what = recorded === undefined ? 'has no record, or stands twice' : `is recorded at position ${recorded}`;
    note('command', `command ${last.commandId} ${what}`, last);
  }
};
