/**
 * Group commit: while a commit is on its way, appends wait; when it is answered, everything that waits is the next one.
 * There is no timer. A worker that dies leaves the outcome of its commit open: it is started again, and each of those
 * appends is looked up in the log before its caller hears of it or it is written anew.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../../ports/clock.ts';
import type { AppendResult, CommandRecord } from '../../../ports/eventLog.ts';
import { deadlineExceeded, idempotencyMismatch, outcomeUnknown, unavailable } from '../../../runtime/errors.ts';
import { type AppendAnswer, answerWith, createAnswer, failureError, writerDown } from './answer.ts';
import { createAppendQueue, type PendingAppend } from './appendQueue.ts';
import type { WriterChannel } from './channel.ts';
import type { AppendOutcome, AppendRequest, CommitFailure, FromWorker } from './protocol.ts';

/** How often one append is written again after its worker died, and how often in a row it may fail to start before callers are refused. */
const MAX_ATTEMPTS = 3;
const MAX_FAILURES = 5;
const RESTART_DELAY_MS = { first: 50, most: 5_000 } as const;

export interface WriterOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly maxCommandsPerCommit: number;
  readonly start: () => WriterChannel;
  /** Looks a command up in what is committed. */
  readonly findCommand: (lane: number, commandId: string) => CommandRecord | undefined;
  readonly onCommit: (lanes: ReadonlySet<number>) => void;
}

interface Pending extends PendingAppend<AppendAnswer> {
  attempts: number;
  inFlight: boolean;
}

/** Owns the worker thread; create with `openLogWriter`. */
export class LogWriter {
  readonly #options: WriterOptions;
  readonly #queue = createAppendQueue<Pending>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #phase: 'starting' | 'idle' | 'committing' | 'down' = 'starting';
  #opened = false;
  #closing = false;
  #channel: WriterChannel;
  #heads: readonly number[] = [];
  #inFlight: readonly Pending[] = [];
  #commitId = 0;
  #failures = 0;
  #pumpQueued = false;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#channel = this.#listen(options.start());
  }

  /** Resolves when the worker is ready. @throws when it can't start the first time. */
  ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Highest position of every lane that is committed and told. */
  heads(): readonly number[] {
    return this.#heads;
  }

  append(request: AppendRequest, cost: { events: number; bytes: number }, deadlineMs: number | undefined): Promise<AppendResult> {
    const { clock } = this.#options;
    if (this.#closing) return Promise.reject(unavailable('log.closed', 'the log is being closed'));
    if (this.#failures >= MAX_FAILURES) return Promise.reject(writerDown());
    if (deadlineMs !== undefined && deadlineMs <= clock.now().getTime()) return Promise.reject(deadlineExceeded());
    const { answer, promise } = createAnswer(clock, deadlineMs, () => this.#late(pending));
    const pending: Pending = { request, ...cost, answer, attempts: 0, inFlight: false };
    try {
      this.#queue.add(pending);
    } catch (error) {
      answer.reject(error as Error);
    }
    // What is appended in this turn of the loop shares a commit.
    if (!this.#pumpQueued) queueMicrotask(() => this.#pump());
    this.#pumpQueued = true;
    return promise;
  }

  /** Writes what waits, then ends the thread; resolves when its file is closed. */
  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#pump();
    }
    return this.#closed.promise;
  }

  #late(pending: Pending): Error {
    if (pending.inFlight) return outcomeUnknown();
    this.#queue.remove(pending);
    return deadlineExceeded();
  }

  #listen(channel: WriterChannel): WriterChannel {
    channel.onMessage((message) => {
      if (channel === this.#channel) this.#receive(message);
    });
    channel.onExit((reason) => {
      if (channel === this.#channel) this.#exited(reason);
    });
    return channel;
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.#started(message.heads);
        return;
      case 'committed':
        this.#committed(message.outcomes, message.heads);
        return;
      case 'refused':
        this.#refused(message.failure, message.message);
        return;
      case 'closed':
        if (message.problem !== '') this.#options.logger.warn({ reason: message.problem }, 'the log was closed without a checkpoint');
        this.#closed.resolve();
        return;
      default:
        message satisfies never;
    }
  }

  #started(heads: readonly number[]): void {
    const before = this.#heads;
    const open = this.#takeInFlight();
    this.#heads = heads;
    this.#failures = 0;
    this.#phase = 'idle';
    // The first start says where the lanes are; only a later one can find that they moved.
    if (this.#opened) this.#settle(open, before);
    if (this.#opened) this.#ring(before);
    this.#opened = true;
    this.#ready.resolve();
    this.#pump();
  }

  /** What the dead worker was writing is in the log, or it is not: now it can be told. */
  #settle(open: readonly Pending[], before: readonly number[]): void {
    const absent: Pending[] = [];
    for (const pending of open) {
      const { lane, commandId, requestHash } = pending.request;
      const found = this.#options.findCommand(lane, commandId);
      pending.inFlight = false;
      if (found && found.requestHash !== requestHash) pending.answer.reject(idempotencyMismatch());
      else if (found) pending.answer.resolve({ ...found.result, duplicate: found.result.last.position <= (before[lane] ?? 0) });
      else if (pending.attempts >= MAX_ATTEMPTS) pending.answer.reject(writerDown());
      else if (!pending.answer.answered) absent.push(pending);
    }
    this.#queue.putBack(absent);
    if (open.length > 0) this.#options.logger.warn({ appends: open.length, again: absent.length }, 'settled what a dead writer left open');
  }

  #exited(reason: string): void {
    this.#phase = 'down';
    if (!this.#opened) {
      this.#ready.reject(new Error(`the log's writer can't start: ${reason}`));
      return;
    }
    if (this.#finished()) {
      this.#closed.resolve();
      return;
    }
    this.#failures += 1;
    this.#options.logger.error({ reason, failures: this.#failures, appends: this.#inFlight.length }, 'the log writer died');
    if (this.#failures >= MAX_FAILURES) this.#giveUp();
    const delayMs = Math.min(RESTART_DELAY_MS.first * 2 ** (this.#failures - 1), RESTART_DELAY_MS.most);
    this.#options.clock.after(delayMs, () => this.#restart());
  }

  #restart(): void {
    if (this.#finished()) {
      this.#closed.resolve();
      return;
    }
    this.#phase = 'starting';
    this.#channel = this.#listen(this.#options.start());
  }

  #finished(): boolean {
    return this.#closing && this.#inFlight.length === 0 && this.#queue.size() === 0;
  }

  /** The worker can't be had for now: nobody is left waiting. What nobody waits for any more is not written either. */
  #giveUp(): void {
    for (const pending of this.#takeInFlight()) pending.answer.reject(outcomeUnknown());
    for (const pending of this.#queue.takeAll()) pending.answer.reject(writerDown());
  }

  #committed(outcomes: readonly AppendOutcome[], heads: readonly number[]): void {
    const before = this.#heads;
    this.#heads = heads;
    this.#phase = 'idle';
    this.#takeInFlight().forEach((pending, index) => {
      answerWith(pending.answer, pending.request.lane, outcomes[index] as AppendOutcome);
    });
    this.#ring(before);
    this.#pump();
  }

  #refused(failure: CommitFailure, message: string): void {
    const batch = this.#takeInFlight();
    this.#phase = 'idle';
    this.#options.logger.error({ failure, reason: message, appends: batch.length }, 'a commit was refused');
    for (const { answer } of batch) answer.reject(failureError(failure, message));
    this.#pump();
  }

  #takeInFlight(): readonly Pending[] {
    const batch = this.#inFlight;
    this.#inFlight = [];
    return batch;
  }

  #ring(before: readonly number[]): void {
    const moved = new Set<number>();
    this.#heads.forEach((head, lane) => {
      if (head > (before[lane] ?? 0)) moved.add(lane);
    });
    if (moved.size > 0) this.#options.onCommit(moved);
  }

  #pump(): void {
    this.#pumpQueued = false;
    if (this.#phase !== 'idle') return;
    const batch = this.#queue.take(this.#options.maxCommandsPerCommit);
    if (batch.length === 0) {
      if (this.#closing) this.#channel.post({ kind: 'close' });
      return;
    }
    this.#inFlight = batch;
    this.#phase = 'committing';
    this.#commitId += 1;
    for (const pending of batch) {
      pending.attempts += 1;
      pending.inFlight = true;
    }
    const appends = batch.map(({ request }) => request);
    this.#channel.post({ kind: 'commit', id: this.#commitId, nowMs: this.#options.clock.now().getTime(), appends });
  }
}

/** Resolves when the worker is ready. @throws when it can't start. */
export const openLogWriter = async (options: WriterOptions): Promise<LogWriter> => {
  const writer = new LogWriter(options);
  await writer.ready();
  return writer;
};
