import { JoinedVia, type MemberEvent, MemberRole } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import type { Decider } from '@parvis/kit/eventing/decider.ts';
import { forbidden, invalid, ruleBroken } from '@parvis/kit/runtime/errors.ts';

export type MemberStreamEvent = NonNullable<MemberEvent['event']>;

export interface MemberState {
  readonly status: 'none' | 'requested' | 'invited' | 'member' | 'banned';
  /** Member or moderator; owners are kept on the group. */
  readonly role: MemberRole;
  /** Milliseconds; an invitation into the group ends by itself. */
  readonly invitedUntilMs: number | undefined;
}

/** Who the stream is about, as of the command. */
export interface MemberPerson {
  readonly personId: string;
  readonly partner: boolean;
  readonly organisationId: string;
}

export type MemberCommand =
  | { readonly kind: 'join'; readonly person: MemberPerson; readonly via: JoinedVia; readonly by: string }
  | { readonly kind: 'request'; readonly personId: string; readonly message: string }
  | { readonly kind: 'withdraw'; readonly personId: string }
  | { readonly kind: 'approve'; readonly person: MemberPerson; readonly by: string }
  | { readonly kind: 'decline'; readonly personId: string; readonly by: string; readonly reason: string }
  | { readonly kind: 'invite'; readonly personId: string; readonly by: string; readonly expiresAt: Date; readonly nowMs: number }
  | { readonly kind: 'declineInvitation'; readonly personId: string }
  | { readonly kind: 'revokeInvitation'; readonly personId: string; readonly by: string }
  | { readonly kind: 'leave'; readonly personId: string }
  | { readonly kind: 'remove'; readonly personId: string; readonly by: string; readonly reason: string }
  | { readonly kind: 'ban'; readonly personId: string; readonly by: string; readonly reason: string }
  | { readonly kind: 'unban'; readonly personId: string; readonly by: string }
  | { readonly kind: 'changeRole'; readonly personId: string; readonly role: MemberRole; readonly by: string };

export const MEMBER_LIMITS = { message: 500, reason: 500 } as const;

const initial: MemberState = { status: 'none', role: MemberRole.MEMBER, invitedUntilMs: undefined };
const nobody = initial;

const evolve = (state: MemberState, event: MemberStreamEvent): MemberState => {
  switch (event.$case) {
    case 'memberJoined':
      return { status: 'member', role: MemberRole.MEMBER, invitedUntilMs: undefined };
    case 'membershipRequested':
      return { ...nobody, status: 'requested' };
    case 'memberInvited':
      return { ...nobody, status: 'invited', invitedUntilMs: event.value.expiresAt?.getTime() };
    case 'membershipRequestWithdrawn':
    case 'membershipDeclined':
    case 'memberInvitationDeclined':
    case 'memberInvitationRevoked':
    case 'memberLeft':
    case 'memberRemoved':
    case 'memberUnbanned':
      return nobody;
    case 'memberBanned':
      return { ...nobody, status: 'banned' };
    case 'memberRoleChanged':
      return { ...state, role: event.value.role };
    default:
      return event satisfies never;
  }
};

const short = (field: string, text: string, most: number): string => {
  const tidy = text.normalize('NFC').trim();
  if (tidy.length > most) throw invalid(field, `at most ${most} characters`);
  return tidy;
};
const notBanned = (state: MemberState): void => {
  if (state.status === 'banned') throw forbidden('group.banned', 'this person was excluded from the group');
};
const joined = (person: MemberPerson, via: JoinedVia, by: string): MemberStreamEvent => ({
  $case: 'memberJoined',
  value: { personId: person.personId, via, by, partner: person.partner, organisationId: person.organisationId },
});

/** True while an invitation into the group stands. */
export const isInvited = (state: MemberState, nowMs: number): boolean =>
  state.status === 'invited' && (state.invitedUntilMs === undefined || state.invitedUntilMs > nowMs);

const invite = (state: MemberState, command: Extract<MemberCommand, { kind: 'invite' }>): MemberStreamEvent[] => {
  notBanned(state);
  if (state.status === 'member') throw ruleBroken('group.already-member', 'this person is a member already');
  const { personId, by, expiresAt, nowMs } = command;
  if (expiresAt.getTime() <= nowMs) throw invalid('expiresAt', 'a time to come');
  if (isInvited(state, nowMs) && state.invitedUntilMs === expiresAt.getTime()) return [];
  return [{ $case: 'memberInvited', value: { personId, by, expiresAt } }];
};

const decide = (state: MemberState, command: MemberCommand): readonly MemberStreamEvent[] => {
  switch (command.kind) {
    case 'join':
      notBanned(state);
      return state.status === 'member' ? [] : [joined(command.person, command.via, command.by)];
    case 'request': {
      notBanned(state);
      if (state.status === 'member') throw ruleBroken('group.already-member', 'this person is a member already');
      const message = short('message', command.message, MEMBER_LIMITS.message);
      return state.status === 'requested' ? [] : [{ $case: 'membershipRequested', value: { personId: command.personId, message } }];
    }
    case 'withdraw':
      return state.status === 'requested' ? [{ $case: 'membershipRequestWithdrawn', value: { personId: command.personId } }] : [];
    case 'approve':
      if (state.status === 'member') return [];
      if (state.status !== 'requested') throw ruleBroken('group.no-request', 'this person does not ask to join');
      return [joined(command.person, JoinedVia.APPROVAL, command.by)];
    case 'decline': {
      if (state.status !== 'requested') throw ruleBroken('group.no-request', 'this person does not ask to join');
      const { personId, by } = command;
      return [{ $case: 'membershipDeclined', value: { personId, by, reason: short('reason', command.reason, MEMBER_LIMITS.reason) } }];
    }
    case 'invite':
      return invite(state, command);
    case 'declineInvitation':
      return state.status === 'invited' ? [{ $case: 'memberInvitationDeclined', value: { personId: command.personId } }] : [];
    case 'revokeInvitation':
      return state.status === 'invited'
        ? [{ $case: 'memberInvitationRevoked', value: { personId: command.personId, by: command.by } }]
        : [];
    default:
      return decideForMember(state, command);
  }
};

type CommandForMember = Extract<MemberCommand, { kind: 'leave' | 'remove' | 'ban' | 'unban' | 'changeRole' }>;

const decideForMember = (state: MemberState, command: CommandForMember): readonly MemberStreamEvent[] => {
  const { personId } = command;
  switch (command.kind) {
    case 'leave':
      return state.status === 'member' ? [{ $case: 'memberLeft', value: { personId } }] : [];
    case 'remove': {
      if (state.status !== 'member') return [];
      return [
        { $case: 'memberRemoved', value: { personId, by: command.by, reason: short('reason', command.reason, MEMBER_LIMITS.reason) } },
      ];
    }
    case 'ban': {
      if (state.status === 'banned') return [];
      return [
        { $case: 'memberBanned', value: { personId, by: command.by, reason: short('reason', command.reason, MEMBER_LIMITS.reason) } },
      ];
    }
    case 'unban':
      return state.status === 'banned' ? [{ $case: 'memberUnbanned', value: { personId, by: command.by } }] : [];
    case 'changeRole':
      if (state.status !== 'member') throw ruleBroken('group.not-a-member', 'this person is not a member of the group');
      if (command.role !== MemberRole.MEMBER && command.role !== MemberRole.MODERATOR) throw invalid('role', 'member or moderator');
      return state.role === command.role ? [] : [{ $case: 'memberRoleChanged', value: { personId, role: command.role, by: command.by } }];
    default:
      return command satisfies never;
  }
};

export const memberDecider: Decider<MemberState, MemberCommand, MemberStreamEvent> = { initial, evolve, decide };
