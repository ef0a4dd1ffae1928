import type { CommandMeta, CommandOutcome } from '@parvis/kit/eventing/command.ts';
import { preconditionFailed } from '@parvis/kit/runtime/errors.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import type { PostApp } from './postApp.ts';

/** Everything a command needs; one per call. */
export interface Call {
  readonly app: PostApp;
  readonly entered: Entered;
  readonly meta: CommandMeta;
  /** From If-Match, against the version of the item's own stream. */
  readonly expectedVersion: number | undefined;
}

/** What a command hands back: the id of the thing, the stream whose version is told, what happened. */
export interface Done {
  readonly id: string;
  readonly stream: string;
  readonly outcome: CommandOutcome<unknown>;
  /** Mentioned people who hear nothing of it. */
  readonly unreached?: readonly string[];
}

/** Asked after visibility and before every rule. @throws precondition-failed */
export const mustBeAt = (version: number, { expectedVersion }: Call): void => {
  if (expectedVersion !== undefined && expectedVersion !== version) throw preconditionFailed(version);
};
