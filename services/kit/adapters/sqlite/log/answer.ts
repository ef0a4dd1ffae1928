/** How the caller of an append is answered: once, by the commit or by its deadline, whichever is first. */
import type { Clock } from '../../../ports/clock.ts';
import type { AppendResult } from '../../../ports/eventLog.ts';
import { idempotencyMismatch, outcomeUnknown, storageFull, unavailable, versionConflict } from '../../../runtime/errors.ts';
import type { AppendOutcome, CommitFailure } from './protocol.ts';

export interface AppendAnswer {
  readonly answered: boolean;
  resolve(result: AppendResult): void;
  reject(error: Error): void;
}

/**
 * @param deadlineMs milliseconds since the epoch; undefined: the caller waits as long as it takes.
 * @param onDeadline what to answer when it passes.
 */
export const createAnswer = (
  clock: Clock,
  deadlineMs: number | undefined,
  onDeadline: () => Error,
): { answer: AppendAnswer; promise: Promise<AppendResult> } => {
  const { promise, resolve, reject } = Promise.withResolvers<AppendResult>();
  let answered = false;
  let cancel: (() => void) | undefined;
  const once = (give: () => void): void => {
    if (answered) return;
    answered = true;
    cancel?.();
    give();
  };
  const answer: AppendAnswer = {
    get answered() {
      return answered;
    },
    resolve: (result) => once(() => resolve(result)),
    reject: (error) => once(() => reject(error)),
  };
  if (deadlineMs !== undefined) {
    cancel = clock.after(Math.max(0, deadlineMs - clock.now().getTime()), () => answer.reject(onDeadline()));
  }
  return { answer, promise };
};

/** Tells the caller what became of their append in a commit that was stored. */
export const answerWith = (answer: AppendAnswer, lane: number, outcome: AppendOutcome): void => {
  switch (outcome.kind) {
    case 'appended':
    case 'duplicate': {
      const { versions, position, atMs, kind } = outcome;
      answer.resolve({ versions, last: { lane, position }, at: new Date(atMs), duplicate: kind === 'duplicate' });
      return;
    }
    case 'conflict':
      answer.reject(versionConflict(outcome.stream, outcome.expected, outcome.actual));
      return;
    case 'mismatch':
      answer.reject(idempotencyMismatch());
      return;
    default:
      outcome satisfies never;
  }
};

export const writerDown = (): Error => unavailable('log.writer-down', 'the log can not be written right now; nothing was changed');

/** What every caller of a commit hears of which nothing was stored. */
export const failureError = (failure: CommitFailure, message: string): Error => {
  switch (failure) {
    case 'full':
      return storageFull(message);
    case 'unknown':
      return outcomeUnknown();
    case 'failed':
      return unavailable('log.commit-failed', 'the log could not store this; nothing was changed');
    default:
      return failure satisfies never;
  }
};
