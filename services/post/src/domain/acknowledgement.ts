/** "I have read this announcement": once per person, never taken back. */
import type { AcknowledgementEvent } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { Decider } from '@parvis/kit/eventing/decider.ts';
import { ruleBroken } from '@parvis/kit/runtime/errors.ts';
import { type Actor, mustWrite } from './actor.ts';
import type { PostState } from './post.ts';

export type AcknowledgementFact = NonNullable<AcknowledgementEvent['event']>;

export interface AcknowledgementCommand {
  readonly actor: Actor;
  readonly post: PostState;
}

export const acknowledgementDecider: Decider<{ readonly given: boolean }, AcknowledgementCommand, AcknowledgementFact> = {
  initial: { given: false },
  evolve(_state, event) {
    switch (event.$case) {
      case 'postAcknowledged':
        return { given: true };
      default:
        return event.$case satisfies never;
    }
  },
  decide(state, { actor, post }) {
    mustWrite(actor);
    if (!post.acknowledgementAsked) throw ruleBroken('post.no-acknowledgement-asked', 'this post asks nobody to acknowledge it');
    return state.given ? [] : [{ $case: 'postAcknowledged', value: { personId: actor.personId } }];
  },
};
