/**
 * The only writer of a log: one transaction for everything that waits. Each append is checked on its own before any row
 * of it is written, against what the appends before it in the same transaction left: one that is refused spoils nothing.
 */
import type { DatabaseSync } from 'node:sqlite';
import { LANE_COUNT } from '../../../ports/eventLog.ts';
import { describeExpected, expectationHolds } from '../../../runtime/appendRules.ts';
import type { AppendOutcome, AppendRequest, CommitFailure } from './protocol.ts';
import { placeOf, readHeads } from './schema.ts';

export interface Committer {
  heads(): readonly number[];
  /** Outcomes in the order of the appends; all are durable on return. @throws CommitError: nothing was written. */
  commit(appends: readonly AppendRequest[], nowMs: number): AppendOutcome[];
}

export class CommitError extends Error {
  readonly failure: CommitFailure;
  constructor(failure: CommitFailure, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'CommitError';
    this.failure = failure;
  }
}

export const createCommitter = (db: DatabaseSync): Committer => {
  const findCommand = db.prepare('SELECT request_hash, versions, position, at FROM commands WHERE lane = ? AND command_id = ?');
  const findVersion = db.prepare('SELECT version FROM events WHERE stream = ? ORDER BY version DESC LIMIT 1');
  const insertEvent = db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const insertCommand = db.prepare('INSERT INTO commands VALUES (?, ?, ?, ?, ?, ?)');
  let lanes = readLanes(db);

  const versionOf = (stream: string): number => Number(findVersion.get(stream)?.version ?? 0);

  const repeated = (append: AppendRequest): AppendOutcome | undefined => {
    const known = findCommand.get(append.lane, append.commandId);
    if (!known) return undefined;
    if (known.request_hash !== append.requestHash) return { kind: 'mismatch' };
    const versions = JSON.parse(String(known.versions));
    return { kind: 'duplicate', versions, position: Number(known.position), atMs: Number(known.at) };
  };

  const write = (append: AppendRequest, before: readonly number[], lane: { head: number; atMs: number }, nowMs: number): AppendOutcome => {
    const { commandId, requestHash, actor, traceparent } = append;
    lane.atMs = Math.max(lane.atMs, nowMs);
    const versions: Record<string, number> = {};
    append.writes.forEach(({ stream, events }, index) => {
      let version = before[index] as number;
      for (const { type, data } of events) {
        version += 1;
        lane.head += 1;
        insertEvent.run(placeOf(append.lane, lane.head), stream, version, type, data, lane.atMs, commandId, actor, traceparent);
      }
      if (events.length > 0) versions[stream] = version;
    });
    insertCommand.run(append.lane, commandId, requestHash, JSON.stringify(versions), lane.head, lane.atMs);
    return { kind: 'appended', versions, position: lane.head, atMs: lane.atMs };
  };

  const apply = (append: AppendRequest, next: { head: number; atMs: number }[], nowMs: number): AppendOutcome => {
    const known = repeated(append);
    if (known) return known;
    const before: number[] = [];
    for (const { stream, expected } of append.writes) {
      const version = versionOf(stream);
      if (!expectationHolds(expected, version)) return { kind: 'conflict', stream, expected: describeExpected(expected), actual: version };
      before.push(version);
    }
    return write(append, before, next[append.lane] as { head: number; atMs: number }, nowMs);
  };

  return {
    heads: () => lanes.map((lane) => lane.head),
    commit(appends, nowMs) {
      const next = lanes.map((lane) => ({ ...lane }));
      try {
        db.exec('BEGIN IMMEDIATE');
        const outcomes = appends.map((append) => apply(append, next, nowMs));
        db.exec('COMMIT');
        lanes = next;
        return outcomes;
      } catch (error) {
        rollBack(db);
        throw new CommitError(failureOf(error), error);
      }
    },
  };
};

const readLanes = (db: DatabaseSync): { head: number; atMs: number }[] => {
  const heads = readHeads(db);
  const at = db.prepare('SELECT at FROM events WHERE place = ?');
  return Array.from({ length: LANE_COUNT }, (_, lane) => {
    const head = heads[lane] ?? 0;
    return { head, atMs: head === 0 ? 0 : Number(at.get(placeOf(lane, head))?.at) };
  });
};

const rollBack = (db: DatabaseSync): void => {
  // SQLite has rolled back by itself after some failures (no space among them).
  if (db.isTransaction) db.exec('ROLLBACK');
};

const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
/** The disk did not confirm what was written: the commit may come back after a crash, until the next one overwrites it. */
const UNCONFIRMED: readonly unknown[] = [1034 /* SQLITE_IOERR_FSYNC */, 1290 /* SQLITE_IOERR_DIR_FSYNC */];

const failureOf = (error: unknown): CommitFailure => {
  const code = (error as { errcode?: unknown }).errcode;
  if (typeof code !== 'number') return 'failed';
  if (UNCONFIRMED.includes(code)) return 'unknown';
  const primary = code & 0xff;
  return primary === SQLITE_FULL || primary === SQLITE_IOERR ? 'full' : 'failed';
};
