import type { CommandRecord, LogHeader, RecordedEvent } from './eventLog.ts';

/** What moves a whole log from one store into another (backup, restore, migrate): events and commands as they are. */

/** The reading half of a log: enough to copy and to verify it, also while no service runs on it. */
export interface LogReader {
  readonly source: string;
  header(): Promise<LogHeader>;
  heads(): Promise<number[]>;
  readStream(stream: string, options?: { after?: number; limit?: number }): Promise<RecordedEvent[]>;
  readLane(lane: number, options: { after: number; limit: number }): Promise<RecordedEvent[]>;
  findCommand(lane: number, commandId: string): Promise<CommandRecord | undefined>;
  /** Commands of a lane in the order of their ids, beyond `after` ('' for the first), at most `limit` (1 to 10,000). */
  readCommands(lane: number, options: { after: string; limit: number }): Promise<CommandRecord[]>;
  close(): Promise<void>;
}

/** Fills an empty log. Nothing else may append to it until it is closed. */
export interface LogImporter {
  /**
   * Writes consecutive events of one lane, from position 1, with the place, version and date they have; their epoch is
   * the new header's. Durable when it resolves. @throws invalid `records` when a position does not follow the last.
   */
  importLane(records: readonly RecordedEvent[]): Promise<void>;
  importCommands(lane: number, commands: readonly CommandRecord[]): Promise<void>;
  close(): Promise<void>;
}
