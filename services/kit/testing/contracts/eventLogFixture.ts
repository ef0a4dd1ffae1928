/** What a suite hands to the contract of event logs. */
import type { EventLog } from '../../ports/eventLog.ts';
import type { LogReader } from '../../ports/logTransfer.ts';
import type { ManualClock } from '../manualClock.ts';

export interface LogFixture {
  readonly log: EventLog & LogReader;
  /** Closes the log and opens it again on what it stored. */
  reopen(): Promise<EventLog & LogReader>;
  /** Closes it and removes what it stored. */
  dispose(): Promise<void>;
}

/** Opens an empty log of source `group` with the clock given. */
export type OpenLog = (clock: ManualClock) => Promise<LogFixture>;

export interface LogUnderTest {
  log(): EventLog & LogReader;
  clock(): ManualClock;
  reopen(): Promise<EventLog & LogReader>;
}
