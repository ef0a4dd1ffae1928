/** One person's reaction to one post or comment: a stream of its own, so that ten thousand reactions never meet. */
import { type ReactionEvent, ReactionKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { Decider } from '@parvis/kit/eventing/decider.ts';
import { invalid } from '@parvis/kit/runtime/errors.ts';
import { type Actor, mustWrite } from './actor.ts';

export type ReactionFact = NonNullable<ReactionEvent['event']>;

export interface ReactionState {
  readonly kind: ReactionKind;
}

/** A kind of `UNSPECIFIED` takes the reaction back. */
export interface ReactionCommand {
  readonly actor: Actor;
  readonly kind: ReactionKind;
}

const NAMES = ['like', 'celebrate', 'support', 'insightful', 'laugh', 'sad'];
const KNOWN: ReadonlySet<ReactionKind> = new Set(
  Object.values(ReactionKind).filter((kind) => kind !== ReactionKind.UNSPECIFIED && kind !== ReactionKind.UNRECOGNIZED),
);

export const reactionDecider: Decider<ReactionState, ReactionCommand, ReactionFact> = {
  initial: { kind: ReactionKind.UNSPECIFIED },
  evolve(_state, event) {
    switch (event.$case) {
      case 'reactionSet':
        return { kind: event.value.kind };
      case 'reactionRemoved':
        return { kind: ReactionKind.UNSPECIFIED };
      default:
        return event satisfies never;
    }
  },
  decide(state, { actor, kind }) {
    mustWrite(actor);
    if (kind !== ReactionKind.UNSPECIFIED && !KNOWN.has(kind)) throw invalid('kind', `one of ${NAMES.join(', ')}`);
    if (state.kind === kind) return [];
    if (kind === ReactionKind.UNSPECIFIED) return [{ $case: 'reactionRemoved', value: { personId: actor.personId } }];
    return [{ $case: 'reactionSet', value: { personId: actor.personId, kind } }];
  },
};
