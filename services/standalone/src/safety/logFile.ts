/** A log as lines of JSON: what a backup holds, readable without this program. One array a line, bytes in base64. */
import type { CommandRecord, RecordedEvent } from '@parvis/kit/ports/eventLog.ts';
import { z } from 'zod';

const count = z.number().int().min(0);
const eventLine = z.tuple([count, count, z.string(), count, z.string(), z.string(), count, z.string(), z.string(), z.string()]);
const commandLine = z.tuple([count, z.string(), z.string(), z.record(z.string(), count), count, count]);

/** lane, position, stream, version, type, data, at in milliseconds, command id, actor, traceparent */
export const eventToLine = (event: RecordedEvent): string => {
  const { lane, position, stream, version, type, data, at, commandId, actor, traceparent } = event;
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
  return JSON.stringify([lane, position, stream, version, type, bytes, at.getTime(), commandId, actor, traceparent]);
};

/** @throws when the line is not one of an event */
export const eventFromLine = (line: string, epoch: string): RecordedEvent => {
  const [lane, position, stream, version, type, data, at, commandId, actor, traceparent] = eventLine.parse(JSON.parse(line));
  return {
    ...{ epoch, lane, position, stream, version, type, data: Buffer.from(data, 'base64'), at: new Date(at) },
    ...{ commandId, actor, traceparent },
  };
};

/** lane, command id, hash of the request, versions by stream, position of the last event, at in milliseconds */
export const commandToLine = ({ commandId, requestHash, result }: CommandRecord): string =>
  JSON.stringify([result.last.lane, commandId, requestHash, result.versions, result.last.position, result.at.getTime()]);

/** @throws when the line is not one of a command */
export const commandFromLine = (line: string): CommandRecord => {
  const [lane, commandId, requestHash, versions, position, at] = commandLine.parse(JSON.parse(line));
  return { commandId, requestHash, result: { versions, last: { lane, position }, at: new Date(at), duplicate: true } };
};
