/** A reader's report of a post or comment, until a moderator resolves it. */
import type { ReportEvent } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { Decider } from '@parvis/kit/eventing/decider.ts';
import { invalid, notFound, ruleBroken } from '@parvis/kit/runtime/errors.ts';
import { neededReasonOf, reasonOf } from './text.ts';

export type ReportFact = NonNullable<ReportEvent['event']>;

export const OUTCOMES = ['kept', 'hidden', 'deleted'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** @throws invalid for anything but the known outcomes. */
export const outcomeOf = (text: string): Outcome => {
  const outcome = OUTCOMES.find((known) => known === text);
  if (!outcome) throw invalid('outcome', `one of ${OUTCOMES.join(', ')}`);
  return outcome;
};

export interface ReportState {
  readonly state: 'absent' | 'open' | 'resolved';
  readonly postId: string;
  readonly commentId: string;
}

export type ReportCommand =
  | { readonly kind: 'report'; readonly reporterId: string; readonly postId: string; readonly commentId: string; readonly reason: string }
  | { readonly kind: 'resolve'; readonly by: string; readonly outcome: Outcome; readonly note: string };

export const reportDecider: Decider<ReportState, ReportCommand, ReportFact> = {
  initial: { state: 'absent', postId: '', commentId: '' },
  evolve(state, event) {
    switch (event.$case) {
      case 'itemReported':
        return { state: 'open', postId: event.value.postId, commentId: event.value.commentId };
      case 'reportResolved':
        return { ...state, state: 'resolved' };
      default:
        return event satisfies never;
    }
  },
  decide(state, command) {
    switch (command.kind) {
      case 'report': {
        if (state.state !== 'absent') throw ruleBroken('report.exists', 'there is a report with this id');
        const { reporterId, postId, commentId } = command;
        return [{ $case: 'itemReported', value: { reporterId, postId, commentId, reason: neededReasonOf(command.reason) } }];
      }
      case 'resolve': {
        if (state.state === 'absent') throw notFound('report');
        if (state.state === 'resolved') throw ruleBroken('report.resolved', 'somebody resolved this report already');
        const { by, outcome } = command;
        return [{ $case: 'reportResolved', value: { by, outcome, note: reasonOf(command.note, 'note') } }];
      }
      default:
        return command satisfies never;
    }
  },
};
