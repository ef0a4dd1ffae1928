import { describe, expect, it } from '@jest/globals';
import { laneOf } from '@parvis/kit/runtime/streams.ts';
import { type CarriedLogs, carryCommandId, carryRow } from './carryState.ts';

const heads = (head: number): number[] => Array.from({ length: 12 }, () => head);
const OLD = 'oldepochaaaaaaaaaaaaaaaaaa';
const NEW = 'newepochaaaaaaaaaaaaaaaaaa';
/** Identity was cut at 100; when group was cut a moment before, identity was at 90. */
const logs: CarriedLogs = {
  identity: { epoch: OLD, newEpoch: NEW, heads: heads(100), seen: { identity: heads(100) } },
  group: { epoch: 'g1', newEpoch: 'g2', heads: heads(50), seen: { identity: heads(90), group: heads(50) } },
  post: { epoch: 'p1', newEpoch: 'p2', heads: heads(70), seen: {} },
};
const carried = (service: string, table: string, key: string, value: unknown) => carryRow(logs, service, { table, key, value });

describe('state carried into a new history', () => {
  it.each([
    ['what was done before the cut stays done', 80, 80],
    ['what was done after it stands in another log or is known by its id, and is done again', 95, 90],
    ['what the history no longer holds is not waited for', 300, 90],
  ])('marks of policies: %s', (_, position, expected) => {
    const row = carried('group', 'policyMarks', 'join/identity/3', { epoch: OLD, position });
    expect(row?.value).toEqual({ epoch: NEW, position: expected });
  });

  it('leaves a mark of a history before the last one as it is', () => {
    const value = { epoch: 'long ago', position: 5 };
    expect(carried('group', 'policyMarks', 'join/identity/3', value)?.value).toBe(value);
  });

  it('knows a mail that went out by the new id of its event, so that it goes out once', () => {
    expect(carried('notification', 'mailDone', `ada/identity-${OLD}-3-100`, 1)).toMatchObject({
      key: `ada/identity-${NEW}-3-100`,
      value: 1,
    });
    expect(carried('identity', 'sentInvitations', `${OLD}-0-7`, { atMs: 1 })).toMatchObject({ key: `${NEW}-0-7` });
  });

  it('forgets what is said about events beyond the cut: others will stand there', () => {
    expect(carried('notification', 'mailOutbox', `ada/identity-${OLD}-3-101`, {})).toBeUndefined();
    expect(carried('notification', 'inboxRead', 'ada/post/2/71', 1)).toBeUndefined();
    expect(carried('notification', 'inboxRead', 'ada/post/2/70', 1)?.value).toBe(1);
  });

  it('counts nothing as read that will be written', () => {
    expect(carried('notification', 'inboxWatermark', 'ada/post/2', 75)?.value).toBe(70);
    expect(carried('notification', 'inboxWatermark', 'ada/post/2', 60)?.value).toBe(60);
    expect(laneOf('group/gg')).toBeLessThan(12);
    expect(carried('notification', 'groupWatermark', 'ada/gg', 75)?.value).toBe(70);
  });

  it('renames the command of a policy with its event', () => {
    expect(carryCommandId(logs, `${OLD}-3-80/join/gg`)).toBe(`${NEW}-3-80/join/gg`);
    expect(carryCommandId(logs, 'anyOtherCommand')).toBe('anyOtherCommand');
  });

  it('leaves every other row as it is', () => {
    const row = { table: 'files', key: 'f', value: { name: 'sealed' } };
    expect(carryRow(logs, 'post', row)).toBe(row);
  });
});
