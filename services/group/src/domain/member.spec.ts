import { describe, expect, it } from '@jest/globals';
import { JoinedVia, MemberRole } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import fc from 'fast-check';
import { isInvited, MEMBER_LIMITS, type MemberCommand, type MemberState, memberDecider } from './member.ts';

const { initial, evolve, decide } = memberDecider;
const after = (...commands: MemberCommand[]): MemberState =>
  commands.reduce((state, command) => decide(state, command).reduce(evolve, state), initial);

const person = { personId: 'ben', partner: false, organisationId: 'host' };
const join: MemberCommand = { kind: 'join', person, via: JoinedVia.JOIN, by: 'ben' };
const request: MemberCommand = { kind: 'request', personId: 'ben', message: 'please' };
const invite: MemberCommand = { kind: 'invite', personId: 'ben', by: 'ann', expiresAt: new Date(2_000), nowMs: 1_000 };
const ban: MemberCommand = { kind: 'ban', personId: 'ben', by: 'ann', reason: 'spam' };

describe('membership', () => {
  it('begins by joining, approval or invitation', () => {
    expect(after(join).status).toBe('member');
    expect(after(request, { kind: 'approve', person, by: 'ann' }).status).toBe('member');
    expect(after(invite, { ...join, via: JoinedVia.INVITATION }).status).toBe('member');
  });

  it('is never approved unasked', () => {
    expect(() => decide(initial, { kind: 'approve', person, by: 'ann' })).toThrow(/does not ask/);
    const withdrawn = after(request, { kind: 'withdraw', personId: 'ben' });
    expect(() => decide(withdrawn, { kind: 'approve', person, by: 'ann' })).toThrow(/does not ask/);
  });

  it('can not be had by someone excluded until that is lifted', () => {
    for (const command of [join, request, invite]) expect(() => decide(after(ban), command)).toThrow(/excluded/);
    expect(after(ban, { kind: 'unban', personId: 'ben', by: 'ann' }, join).status).toBe('member');
  });

  it('loses its role when it ends', () => {
    const moderator: MemberCommand = { kind: 'changeRole', personId: 'ben', role: MemberRole.MODERATOR, by: 'ann' };
    expect(after(join, moderator).role).toBe(MemberRole.MODERATOR);
    expect(after(join, moderator, { kind: 'leave', personId: 'ben' }, join).role).toBe(MemberRole.MEMBER);
  });

  it('knows when an invitation has ended by itself', () => {
    expect(isInvited(after(invite), 1_999)).toBe(true);
    expect(isInvited(after(invite), 2_000)).toBe(false);
    expect(() => decide(initial, { ...invite, nowMs: 2_000 })).toThrow(/time to come/);
  });

  it('refuses texts over their limits and takes them at it', () => {
    expect(() => decide(initial, { ...request, message: 'm'.repeat(MEMBER_LIMITS.message + 1) } as MemberCommand)).toThrow(/at most/);
    expect(after({ ...request, message: 'm'.repeat(MEMBER_LIMITS.message) } as MemberCommand).status).toBe('requested');
  });

  it('keeps its rules in any history', () => {
    const command = fc.constantFrom<MemberCommand>(
      join,
      request,
      invite,
      ban,
      { kind: 'withdraw', personId: 'ben' },
      { kind: 'approve', person, by: 'ann' },
      { kind: 'decline', personId: 'ben', by: 'ann', reason: '' },
      { kind: 'leave', personId: 'ben' },
      { kind: 'remove', personId: 'ben', by: 'ann', reason: '' },
      { kind: 'unban', personId: 'ben', by: 'ann' },
      { kind: 'changeRole', personId: 'ben', role: MemberRole.MODERATOR, by: 'ann' },
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        let state = initial;
        for (const next of commands) {
          const before = state;
          try {
            state = decide(state, next).reduce(evolve, state);
          } catch {
            expect(state).toBe(before);
          }
          if (before.status === 'banned' && next.kind !== 'unban') expect(state.status).toBe('banned');
          if (state.status !== 'member') expect(state.role).toBe(MemberRole.MEMBER);
        }
      }),
    );
  });
});
