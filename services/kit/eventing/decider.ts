import type { AnyEvent } from '@parvis/contracts/src/registry.ts';

/**
 * The pure heart of an aggregate: no clock, no ids, no I/O inside. `evolve` must handle every case of its union and end
 * in `never`; a broken rule throws a ParvisError whose code names the rule; a repeated wish may answer with no events.
 */
export interface Decider<State, Command, Event extends AnyEvent> {
  readonly initial: State;
  evolve(state: State, event: Event): State;
  decide(state: State, command: Command): readonly Event[];
}
