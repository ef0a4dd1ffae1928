/**
 * A log in memory: the model that every adapter's contract is compared with, and a quick log for suites of what stands on
 * one. It keeps the rules of the port in the plainest way; it keeps nothing on disk.
 */
import type { Clock } from '../ports/clock.ts';
import {
  type AppendOptions,
  type AppendResult,
  type CommandRecord,
  type EventLog,
  LANE_COUNT,
  type RecordedEvent,
  type StreamWrite,
} from '../ports/eventLog.ts';
import type { LogReader } from '../ports/logTransfer.ts';
import { checkAppend, describeExpected, expectationHolds } from '../runtime/appendRules.ts';
import { deadlineExceeded, idempotencyMismatch, unavailable, versionConflict } from '../runtime/errors.ts';
import { laneOfStream } from '../runtime/streams.ts';

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

export interface LogModel {
  append(writes: readonly StreamWrite[], options: AppendOptions, now: Date): AppendResult;
  readonly lanes: readonly RecordedEvent[][];
  readonly commands: readonly Map<string, CommandRecord>[];
}

export const createLogModel = (epoch: string): LogModel => {
  const lanes: RecordedEvent[][] = Array.from({ length: LANE_COUNT }, () => []);
  const commands = Array.from({ length: LANE_COUNT }, () => new Map<string, CommandRecord>());
  const versionOf = (stream: string): number => lanes[laneOfStream(stream)]?.findLast((event) => event.stream === stream)?.version ?? 0;

  const record = (lane: number, writes: readonly StreamWrite[], options: AppendOptions, at: Date): AppendResult => {
    const { commandId, actor, traceparent = '' } = options;
    const events = lanes[lane] as RecordedEvent[];
    const versions: Record<string, number> = {};
    for (const write of writes) {
      for (const { type, data } of write.events) {
        const version = versionOf(write.stream) + 1;
        versions[write.stream] = version;
        events.push({
          epoch,
          lane,
          position: events.length + 1,
          stream: write.stream,
          version,
          type,
          data,
          at,
          commandId,
          actor,
          traceparent,
        });
      }
    }
    return { versions, last: { lane, position: events.length }, at, duplicate: false };
  };

  return {
    lanes,
    commands,
    append(writes, options, now) {
      const { lane } = checkAppend(writes);
      const known = commands[lane]?.get(options.commandId);
      if (known && known.requestHash !== options.requestHash) throw idempotencyMismatch();
      if (known) return { ...known.result, duplicate: true };
      for (const { stream, expected } of writes) {
        const version = versionOf(stream);
        if (!expectationHolds(expected, version)) throw versionConflict(stream, describeExpected(expected), version);
      }
      const last = lanes[lane]?.at(-1)?.at ?? now;
      const result = record(lane, writes, options, new Date(Math.max(last.getTime(), now.getTime())));
      const { commandId, requestHash } = options;
      commands[lane]?.set(commandId, { commandId, requestHash, result: { ...result, duplicate: true } });
      return result;
    },
  };
};

/** @param options.model a model that outlives the log, to open another one on it. */
export const createMemoryEventLog = (options: { source: string; clock: Clock; epoch?: string; model?: LogModel }): EventLog & LogReader => {
  const { source, clock, epoch = 'memory', model = createLogModel(epoch) } = options;
  let closed = false;
  const listeners = new Set<(lanes: ReadonlySet<number>) => void>();
  return {
    source,
    header: async () => ({ epoch, lanes: LANE_COUNT, hash: 'sha256-32-mod' }),
    async append(writes, options) {
      if (closed) throw unavailable('log.closed', 'the log is being closed');
      if (options.deadlineMs !== undefined && options.deadlineMs <= clock.now().getTime()) throw deadlineExceeded();
      const result = model.append(writes, options, clock.now());
      if (!result.duplicate) for (const listener of listeners) listener(new Set([result.last.lane]));
      return result;
    },
    readStream: async (stream, { after = 0, limit = 10_000 } = {}) =>
      (model.lanes[laneOfStream(stream)] ?? []).filter((event) => event.stream === stream && event.version > after).slice(0, limit),
    readLane: async (lane, { after, limit }) => (model.lanes[lane] ?? []).slice(after, after + limit),
    heads: async () => model.lanes.map((lane) => lane.length),
    findCommand: async (lane, commandId) => model.commands[lane]?.get(commandId),
    readCommands: async (lane, { after, limit }) =>
      [...(model.commands[lane]?.values() ?? [])]
        .filter((command) => command.commandId > after)
        .sort((one, other) => compare(one.commandId, other.commandId))
        .slice(0, limit),
    onCommit(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closed = true;
    },
  };
};
