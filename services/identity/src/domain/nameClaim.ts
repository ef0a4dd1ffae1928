/** The uniqueness of one handle or e-mail address: stream `name/HMAC`. The name itself is never here. */
import type { NameEvent } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { Decider } from '@parvis/kit/eventing/decider.ts';
import { ruleBroken } from '@parvis/kit/runtime/errors.ts';

export type NameChange = NonNullable<NameEvent['event']>;

export interface NameState {
  /** Stream that holds the name, e.g. `person/P`. */
  readonly owner: string | undefined;
}

export type NameCommand =
  /**
   * Takes the name for the owner. `from` is the owner whose claim was just made void (see claims.ts), if there was one.
   * A claim is written even when the owner holds the name already: whoever is taking it over at this moment then loses.
   */
  | { readonly kind: 'claim'; readonly owner: string; readonly from?: string | undefined }
  | { readonly kind: 'release'; readonly owner: string };

export const nameDecider: Decider<NameState, NameCommand, NameChange> = {
  initial: { owner: undefined },

  evolve(_state, event) {
    switch (event.$case) {
      case 'nameClaimed':
        return { owner: event.value.owner };
      case 'nameReleased':
        return { owner: undefined };
      default:
        return event satisfies never;
    }
  },

  decide(state, command) {
    switch (command.kind) {
      case 'claim':
        if (state.owner !== undefined && state.owner !== command.owner && state.owner !== command.from) throw nameTaken();
        return [{ $case: 'nameClaimed', value: { owner: command.owner } }];
      case 'release':
        return state.owner === command.owner ? [{ $case: 'nameReleased', value: { owner: command.owner } }] : [];
      default:
        return command satisfies never;
    }
  },
};

export const nameTaken = () => ruleBroken('name.taken', 'this name belongs to somebody else');
