/** Contexts of calls: how a caller makes one, and the scope in which a call runs until it ends, fails or is cancelled. */
import { deadlineExceeded, ParvisError } from './errors.ts';
import type { CallContext, Credential } from './rpc.ts';
import { currentTraceparent } from './telemetry.ts';

/** How long a call may take when its caller says nothing. */
export const DEFAULT_CALL_TIMEOUT_MS = 10_000;

/** Longest delay a timer of Node takes; a later deadline needs no timer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The caller went away; nobody reads this error but the handler that is being stopped. */
export const callCancelled = (): ParvisError => new ParvisError('unavailable', 'cancelled', 'the caller cancelled the call');

export interface CallOptions {
  /** Default: anonymous. */
  readonly credential?: Credential;
  /** Milliseconds from now; default DEFAULT_CALL_TIMEOUT_MS; Infinity for streams that stay open. */
  readonly timeoutMs?: number;
  readonly tokens?: readonly string[];
  /** Default: the running span, if there is one. */
  readonly traceparent?: string;
  /** Aborts the call. */
  readonly signal?: AbortSignal;
}

/** A context for one call. Its `reply` is filled by the answer, so a context is used once. */
export const callContext = (options: CallOptions = {}): CallContext => ({
  credential: options.credential ?? { kind: 'anonymous' },
  deadlineMs: Date.now() + (options.timeoutMs ?? DEFAULT_CALL_TIMEOUT_MS),
  tokens: options.tokens ?? [],
  traceparent: options.traceparent ?? currentTraceparent(),
  signal: options.signal ?? new AbortController().signal,
  reply: { stale: false },
});

/** A running call: its signal aborts with a ParvisError when the deadline passes or the caller cancels. */
export interface CallScope {
  readonly context: CallContext;
  readonly signal: AbortSignal;
  /** Aborts the call's signal; later calls change nothing. */
  cancel(reason: ParvisError): void;
  /** Forgets the timer and the caller's signal; every scope is closed, whatever the outcome. */
  close(): void;
}

/** Opens a scope under a context. @throws deadline-exceeded, cancelled when there is no time left to begin. */
export const openCallScope = (parent: CallContext): CallScope => {
  if (parent.signal.aborted) throw callCancelled();
  const remainingMs = parent.deadlineMs - Date.now();
  if (remainingMs <= 0) throw deadlineExceeded();
  const controller = new AbortController();
  const onParentAbort = (): void => controller.abort(callCancelled());
  parent.signal.addEventListener('abort', onParentAbort, { once: true });
  const timer = remainingMs <= LONGEST_TIMER_MS ? setTimeout(() => controller.abort(deadlineExceeded()), remainingMs) : undefined;
  return {
    context: { ...parent, signal: controller.signal },
    signal: controller.signal,
    cancel: (reason) => controller.abort(reason),
    close: () => {
      clearTimeout(timer);
      parent.signal.removeEventListener('abort', onParentAbort);
    },
  };
};

/**
 * The promise's outcome, or the signal's reason as soon as it aborts. The promise itself goes on; a late rejection of
 * it is heard here and means nothing any more.
 */
export const untilAborted = <T>(signal: AbortSignal, promise: Promise<T>): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });

/**
 * Tells an iterator that nobody reads it any more. Not awaited: a generator that hangs in its own `await` would hang
 * its reader too. A failure while it cleans up has no reader left either.
 */
export const abandon = (iterator: AsyncIterator<unknown>): void => {
  const returned = iterator.return?.();
  returned?.then(
    () => undefined,
    () => undefined,
  );
};

/** Reads a stream until it ends or the signal aborts; an early leave abandons the source and calls `onLeave`. */
export async function* readUntilAborted<T>(signal: AbortSignal, source: AsyncIterable<T>, onLeave?: () => void): AsyncGenerator<T, void> {
  const iterator = source[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const step = await untilAborted(
        signal,
        iterator.next().catch((error: unknown) => {
          ended = true;
          throw error;
        }),
      );
      if (step.done) {
        ended = true;
        return;
      }
      yield step.value;
    }
  } finally {
    if (!ended) {
      onLeave?.();
      abandon(iterator);
    }
  }
}
