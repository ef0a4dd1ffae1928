import { describe, expect, it } from '@jest/globals';
import { InvitationIssued } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import {
  defaultEnd,
  INVITATION_LIMITS,
  type InvitationCommand,
  type InvitationState,
  invitationDecider,
  TAKEN_UP_BY_KNOWN,
} from './invitation.ts';

const now = new Date('2026-01-05T08:00:00Z');
const later = (days: number): Date => new Date(now.getTime() + days * 86_400_000);
const issued = (change: Partial<InvitationIssued> = {}): InvitationIssued =>
  InvitationIssued.fromPartial({
    email: 'bob@acme.example',
    organisationId: 'acme',
    groupIds: ['g', 'h'],
    sponsorId: 'ada',
    expiresAt: later(14),
    secretHash: 'x',
    ...change,
  });
const issue = (change: Partial<InvitationIssued> = {}): InvitationCommand => ({ kind: 'issue', issued: issued(change), now });
const accept = (at = now, groupIds = ['g', 'h']): InvitationCommand => ({ kind: 'accept', groupIds, now: at });
const revoke = (reason = 'withdrawn'): InvitationCommand => ({ kind: 'revoke', by: 'ada', reason });

const after = (...commands: InvitationCommand[]): InvitationState =>
  commands.reduce(
    (state, command) => invitationDecider.decide(state, command).reduce(invitationDecider.evolve, state),
    invitationDecider.initial,
  );
const codeOf = (state: InvitationState, command: InvitationCommand): string => {
  try {
    return `${invitationDecider.decide(state, command).length} events`;
  } catch (error) {
    return isParvisError(error) ? error.code : String(error);
  }
};

describe('an invitation', () => {
  it('names groups and an end within bounds', () => {
    expect(codeOf(invitationDecider.initial, issue())).toBe('1 events');
    expect(codeOf(after(issue()), issue())).toBe('invitation.exists');
    const groups = (count: number) => Array.from({ length: count }, (_, nth) => `g${nth}`);
    expect(codeOf(invitationDecider.initial, issue({ groupIds: [] }))).toBe('invalid');
    expect(codeOf(invitationDecider.initial, issue({ groupIds: groups(INVITATION_LIMITS.groups) }))).toBe('1 events');
    expect(codeOf(invitationDecider.initial, issue({ groupIds: groups(INVITATION_LIMITS.groups + 1) }))).toBe('invalid');
    expect(codeOf(invitationDecider.initial, issue({ expiresAt: now }))).toBe('invalid');
    expect(codeOf(invitationDecider.initial, issue({ expiresAt: later(INVITATION_LIMITS.days) }))).toBe('1 events');
    expect(codeOf(invitationDecider.initial, issue({ expiresAt: later(INVITATION_LIMITS.days + 1) }))).toBe('invalid');
    expect(codeOf(invitationDecider.initial, issue({ accessExpiresAt: now }))).toBe('invalid');
    expect(defaultEnd(now)).toEqual(later(INVITATION_LIMITS.defaultDays));
  });

  it('is taken up once, in time, into the groups that still admit partners', () => {
    expect(invitationDecider.decide(after(issue()), accept(now, ['h', 'other']))).toEqual([
      { $case: 'invitationAccepted', value: { groupIds: ['h'] } },
    ]);
    expect(codeOf(after(issue(), accept()), accept())).toBe('invitation.used');
    expect(codeOf(after(issue()), accept(new Date(later(14).getTime() - 1)))).toBe('1 events');
    expect(codeOf(after(issue()), accept(later(14)))).toBe('invitation.expired');
    expect(codeOf(invitationDecider.initial, accept())).toBe('invitation.unknown');
  });

  it('can be withdrawn, before and after it was taken up', () => {
    expect(codeOf(after(issue(), revoke()), accept())).toBe('invitation.revoked');
    expect(codeOf(after(issue(), revoke()), revoke())).toBe('0 events');
    expect(codeOf(after(issue(), accept()), revoke())).toBe('1 events');
    expect(codeOf(invitationDecider.initial, revoke())).toBe('invitation.unknown');
  });

  it('is used once a known partner took it up', () => {
    const taken = after(issue(), revoke(TAKEN_UP_BY_KNOWN));
    expect(codeOf(taken, accept())).toBe('invitation.used');
    expect(codeOf(taken, revoke(TAKEN_UP_BY_KNOWN))).toBe('0 events');
    expect(codeOf(taken, revoke())).toBe('1 events');
    expect(codeOf(after(issue(), accept()), revoke(TAKEN_UP_BY_KNOWN))).toBe('invitation.used');
  });
});
