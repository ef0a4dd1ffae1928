/** What every event log must do, whatever stores it: one list of guarantees, run against each adapter. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventLog } from '../../ports/eventLog.ts';
import type { LogReader } from '../../ports/logTransfer.ts';
import { createManualClock, type ManualClock } from '../manualClock.ts';
import { appendCases } from './eventLogAppends.ts';
import type { LogFixture, LogUnderTest, OpenLog } from './eventLogFixture.ts';
import { modelCases } from './eventLogModel.ts';
import { raceCases } from './eventLogRaces.ts';
import { readCases } from './eventLogReads.ts';

export const eventLogContract = (name: string, open: OpenLog): void => {
  describe(`event log on ${name}`, () => {
    let clock: ManualClock;
    let fixture: LogFixture;
    let log: EventLog & LogReader;
    beforeEach(async () => {
      clock = createManualClock();
      fixture = await open(clock);
      log = fixture.log;
    });
    afterEach(() => fixture.dispose());
    const subject: LogUnderTest = {
      log: () => log,
      clock: () => clock,
      async reopen() {
        log = await fixture.reopen();
        return log;
      },
    };

    it('has a header that stays', async () => {
      const header = await log.header();
      expect(header).toEqual({ epoch: expect.stringMatching(/^[a-z0-9]+$/), lanes: 12, hash: 'sha256-32-mod' });
      expect(log.source).toBe('group');
    });
    describe('appends', () => appendCases(subject));
    describe('races', () => raceCases(subject));
    describe('reads', () => readCases(subject));
    modelCases(open);
  });
};
