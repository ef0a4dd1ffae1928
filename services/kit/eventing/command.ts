/** Commands: look up repeats, load streams, decide, append, and decide again when another writer was first. */
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import type { AppendResult, Expected } from '../ports/eventLog.ts';
import type { Decider } from './decider.ts';

/** How often a command is decided again because a stream changed meanwhile. */
export const MAX_ATTEMPTS = 5;

export interface CommandMeta {
  readonly commandId: string;
  readonly requestHash: string;
  readonly actor: string;
  readonly traceparent?: string;
  readonly deadlineMs?: number;
}

export interface Loaded<State> {
  readonly state: State;
  readonly version: number;
}

/** One attempt of a command. Every stream loaded is also guarded: the append fails when one changed meanwhile. */
export interface CommandTransaction {
  load<S, C, E extends AnyEvent>(decider: Decider<S, C, E>, stream: string): Promise<Loaded<S>>;
  /** Loads, decides and plans the events of one stream; returns the state after them. */
  run<S, C, E extends AnyEvent>(decider: Decider<S, C, E>, stream: string, command: C): Promise<Loaded<S>>;
  /** Plans events for a stream of the same root. Default expectation: as loaded, or none if it was not loaded. */
  append(stream: string, events: readonly AnyEvent[], expected?: Expected): void;
}

export interface CommandOutcome<R> {
  /** Undefined when the command is a repeat: the caller rebuilds the answer from ids derived from the commandId. */
  readonly result: R | undefined;
  /** Undefined when nothing was to be written (a wish already fulfilled). */
  readonly appended: AppendResult | undefined;
  readonly duplicate: boolean;
}

export interface CommandExecutor {
  /** @param root e.g. `group/G`; every stream of the command lies under it. */
  execute<R>(root: string, meta: CommandMeta, decide: (transaction: CommandTransaction) => Promise<R>): Promise<CommandOutcome<R>>;
}
