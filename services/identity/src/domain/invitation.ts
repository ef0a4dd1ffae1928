/** An invitation of a partner: stream `person/P/invitation/I`, P being the id the partner will have. */
import type { InvitationEvent, InvitationIssued } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { Decider } from '@parvis/kit/eventing/decider.ts';
import { invalid, ruleBroken } from '@parvis/kit/runtime/errors.ts';

export type InvitationChange = NonNullable<InvitationEvent['event']>;

const DAY_MS = 24 * 60 * 60 * 1000;
export const INVITATION_LIMITS = { groups: 20, days: 90, defaultDays: 14 } as const;
/** Says that a partner who was known already took the invitation up: the groups are on that person's own stream. */
export const TAKEN_UP_BY_KNOWN = 'taken-up-by-known-partner';

/** Says that the address was erased, and the invitation with it. */
export const FORGOTTEN = 'forgotten';

export interface InvitationState {
  readonly status: 'none' | 'open' | 'accepted' | 'revoked';
  readonly issued: InvitationIssued | undefined;
  /** Of the revocation. */
  readonly reason: string;
  readonly revokedBy: string;
}

export type InvitationCommand =
  | { readonly kind: 'issue'; readonly issued: InvitationIssued; readonly now: Date }
  /** `groupIds`: those of the invitation's groups that still admit partners. */
  | { readonly kind: 'accept'; readonly groupIds: readonly string[]; readonly now: Date }
  | { readonly kind: 'revoke'; readonly by: string; readonly reason: string; readonly note?: string };

export const isTakenUpByKnown = (state: InvitationState): boolean => state.status === 'revoked' && state.reason === TAKEN_UP_BY_KNOWN;
export const invitationUsed = () => ruleBroken('invitation.used', 'this invitation was taken up already');

/** When an invitation ends for which nobody said when. */
export const defaultEnd = (now: Date): Date => new Date(now.getTime() + INVITATION_LIMITS.defaultDays * DAY_MS);

const checkIssued = (issued: InvitationIssued, now: Date): void => {
  if (issued.groupIds.length < 1 || issued.groupIds.length > INVITATION_LIMITS.groups) {
    throw invalid('groupIds', `1 to ${INVITATION_LIMITS.groups} groups`);
  }
  const endMs = issued.expiresAt?.getTime() ?? 0;
  if (endMs <= now.getTime() || endMs > now.getTime() + INVITATION_LIMITS.days * DAY_MS) {
    throw invalid('expiresAt', `a time within the next ${INVITATION_LIMITS.days} days`);
  }
  if (issued.accessExpiresAt && issued.accessExpiresAt <= now) throw invalid('accessExpiresAt', 'a time to come');
};

/** @throws conflict `invitation.used`, `invitation.revoked`, `invitation.expired` */
export const mustBeOpen = (state: InvitationState, now: Date): InvitationIssued => {
  switch (state.status) {
    case 'accepted':
      throw invitationUsed();
    case 'revoked':
      if (isTakenUpByKnown(state)) throw invitationUsed();
      throw ruleBroken('invitation.revoked', 'this invitation was withdrawn');
    case 'none':
      throw ruleBroken('invitation.unknown', 'there is no such invitation');
    case 'open':
      if (!state.issued?.expiresAt || state.issued.expiresAt <= now) throw ruleBroken('invitation.expired', 'this invitation has ended');
      return state.issued;
    default:
      return state.status satisfies never;
  }
};

export const invitationDecider: Decider<InvitationState, InvitationCommand, InvitationChange> = {
  initial: { status: 'none', issued: undefined, reason: '', revokedBy: '' },

  evolve(state, event) {
    switch (event.$case) {
      case 'invitationIssued':
        return { ...state, status: 'open', issued: event.value };
      case 'invitationAccepted':
        return { ...state, status: 'accepted' };
      case 'invitationRevoked':
        return { ...state, status: 'revoked', reason: event.value.reason, revokedBy: event.value.by };
      default:
        return event satisfies never;
    }
  },

  decide(state, command) {
    switch (command.kind) {
      case 'issue':
        if (state.status !== 'none') throw ruleBroken('invitation.exists', 'this invitation was issued already');
        checkIssued(command.issued, command.now);
        return [{ $case: 'invitationIssued', value: command.issued }];
      case 'accept': {
        const issued = mustBeOpen(state, command.now);
        const groupIds = issued.groupIds.filter((id) => command.groupIds.includes(id));
        return [{ $case: 'invitationAccepted', value: { groupIds } }];
      }
      case 'revoke':
        if (state.status === 'none') throw ruleBroken('invitation.unknown', 'there is no such invitation');
        // One that was taken up can still be withdrawn: the access it gave ends with it.
        if (command.reason === TAKEN_UP_BY_KNOWN && state.status === 'accepted') throw invitationUsed();
        if (state.status === 'revoked' && !isTakenUpByKnown(state)) return [];
        if (isTakenUpByKnown(state) && command.reason === TAKEN_UP_BY_KNOWN) return [];
        return [{ $case: 'invitationRevoked', value: { by: command.by, reason: command.reason, note: command.note ?? '' } }];
      default:
        return command satisfies never;
    }
  },
};
