/**
 * The event log of one service: streams of events, grouped by root into lanes (docs/adr/0001).
 *
 * Guarantees every adapter gives and `testing/contracts/eventLogContract.ts` checks:
 * positions are dense per lane and in commit order; an append is atomic and durable once it returned;
 * versions are dense per stream; a command id is recorded at most once per lane; `at` never decreases within a lane.
 */

/** Number of lanes of every log; a Kafka topic has as many partitions. Recorded in the log's header. */
export const LANE_COUNT = 12;

/** Most commands, events and bytes of one commit (group commit never waits for them to fill up). */
export const COMMIT_LIMITS = { commands: 64, events: 256, bytes: 4 * 1024 * 1024 } as const;

export interface LogHeader {
  /** Random id of this history; a restore starts a new one. */
  readonly epoch: string;
  readonly lanes: number;
  /** Name of the function from root to lane, `sha256-32-mod`. */
  readonly hash: string;
}

/** What the writer expects of a stream's version; every one is enforced. */
export type Expected =
  | { readonly kind: 'exact'; readonly version: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'exists' }
  | { readonly kind: 'any' };

export const exact = (version: number): Expected => (version === 0 ? { kind: 'none' } : { kind: 'exact', version });
export const none: Expected = { kind: 'none' };
export const exists: Expected = { kind: 'exists' };
export const any: Expected = { kind: 'any' };

/** An event before it has a place: the union message of its stream family, encoded, personal fields sealed. */
export interface NewEvent {
  /** Full message name, e.g. `parvis.group.v1.GroupCreated`. */
  readonly type: string;
  readonly data: Uint8Array;
}

/** Part of an append. No events: only the expectation is checked (a guard). */
export interface StreamWrite {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly NewEvent[];
}

export interface AppendOptions {
  /** Unique per lane; see `runtime/commandId.ts`. */
  readonly commandId: string;
  /** Hash of the request, kept beside the command id so that a repeat with another body is told apart. */
  readonly requestHash: string;
  /** Person or client id; empty for a policy of the system. Never a name. */
  readonly actor: string;
  readonly traceparent?: string;
  /** Milliseconds since the epoch after which the caller no longer waits. */
  readonly deadlineMs?: number;
}

/** A place in one lane. */
export interface LanePosition {
  readonly lane: number;
  readonly position: number;
}

export interface AppendResult {
  /** Version of every written stream after the append. */
  readonly versions: Readonly<Record<string, number>>;
  /** Position of the append's last event. */
  readonly last: LanePosition;
  readonly at: Date;
  /** True when this command id was already recorded: nothing was written, the first outcome is told again. */
  readonly duplicate: boolean;
}

export interface RecordedEvent {
  readonly epoch: string;
  readonly lane: number;
  /** Dense per lane, from 1. */
  readonly position: number;
  readonly stream: string;
  /** Dense per stream, from 1. */
  readonly version: number;
  readonly type: string;
  readonly data: Uint8Array;
  readonly at: Date;
  readonly commandId: string;
  readonly actor: string;
  readonly traceparent: string;
}

/** What is kept of a command that was applied. */
export interface CommandRecord {
  readonly commandId: string;
  readonly requestHash: string;
  readonly result: AppendResult;
}

export interface EventLog {
  /** Name of the service that owns it, e.g. `group`; consumers know its events by it. */
  readonly source: string;
  header(): Promise<LogHeader>;
  /**
   * Appends to streams of one root, all or nothing; durable when it resolves.
   * @throws VersionConflict (a stream is not as expected), IdempotencyMismatch, StorageFull, OutcomeUnknown,
   *         RootMismatch (streams of two roots), CommitTooLarge.
   */
  append(writes: readonly StreamWrite[], options: AppendOptions): Promise<AppendResult>;
  /** Events of one stream with version > after, oldest first, at most `limit` (1 to 10,000). */
  readStream(stream: string, options?: { after?: number; limit?: number }): Promise<RecordedEvent[]>;
  /** Events of a lane with position > after, oldest first, at most `limit` (1 to 10,000). */
  readLane(lane: number, options: { after: number; limit: number }): Promise<RecordedEvent[]>;
  /** Highest position of every lane, index = lane; 0 when empty. */
  heads(): Promise<number[]>;
  findCommand(lane: number, commandId: string): Promise<CommandRecord | undefined>;
  /** Calls back after commits, with the lanes that moved. A doorbell only: what was committed is read by position. */
  onCommit(listener: (lanes: ReadonlySet<number>) => void): () => void;
  close(): Promise<void>;
}
