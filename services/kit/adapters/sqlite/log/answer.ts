/** How the caller of an append is answered: once, by the commit or by its deadline, whichever is first. */
import type { Clock } from '../../../ports/clock.ts';
import type { AppendResult } from '../../../ports/eventLog.ts';

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
