import {
  type AppendOptions,
  type AppendResult,
  any,
  type EventLog,
  type Expected,
  type NewEvent,
  type StreamWrite,
} from '../../ports/eventLog.ts';

let nth = 0;
/** A command id nobody used yet. */
export const freshId = (): string => `command-${++nth}`;

export const event = (text: string | number = 'x'): NewEvent => ({ type: 'test.Happened', data: new TextEncoder().encode(String(text)) });
export const write = (stream: string, expected: Expected = any, events: readonly NewEvent[] = [event()]): StreamWrite => ({
  stream,
  expected,
  events,
});
export const command = (commandId = freshId(), requestHash = 'hash'): AppendOptions => ({ commandId, requestHash, actor: 'p1' });

/** Appends one event to one stream. */
export const put = (log: EventLog, stream: string, expected: Expected = any, commandId = freshId()): Promise<AppendResult> =>
  log.append([write(stream, expected)], command(commandId));

/** Codes of what was refused, and how many got through. */
export const tally = (settled: readonly PromiseSettledResult<AppendResult>[]): { written: number; repeated: number; codes: string[] } => ({
  written: settled.filter((one) => one.status === 'fulfilled' && !one.value.duplicate).length,
  repeated: settled.filter((one) => one.status === 'fulfilled' && one.value.duplicate).length,
  codes: settled.flatMap((one) => (one.status === 'rejected' ? [String(one.reason.code ?? one.reason)] : [])),
});
