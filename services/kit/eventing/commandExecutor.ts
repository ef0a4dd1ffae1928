/**
 * Runs commands on a log (command.ts). Every stream that was loaded is guarded by its version, so what was decided holds
 * when it is written; when it no longer does, it is decided again.
 */
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import { type AppendOptions, type EventLog, type Expected, exact, none, type StreamWrite } from '../ports/eventLog.ts';
import { idempotencyMismatch, isParvisError, rootMismatch } from '../runtime/errors.ts';
import { laneOf, rootOf } from '../runtime/streams.ts';
import { currentTraceparent, withRemoteSpan, withSpan } from '../runtime/telemetry.ts';
import type { EventCodec } from './codec.ts';
import { type CommandExecutor, type CommandMeta, type CommandOutcome, type CommandTransaction, MAX_ATTEMPTS } from './command.ts';
import type { Decider } from './decider.ts';
import { createFolds, type Fold, type Folds } from './folds.ts';

export interface FoldingExecutor extends CommandExecutor {
  /** Forgets every state kept in memory: a person was erased, and states may hold texts that were opened before. */
  forgetStates(): void;
}

export const createCommandExecutor = (log: EventLog, codec: EventCodec): FoldingExecutor => {
  const folds = createFolds(log, codec);

  const findRepeat = async (root: string, meta: CommandMeta): Promise<CommandOutcome<never> | undefined> => {
    const known = await log.findCommand(laneOf(root), meta.commandId);
    if (!known) return undefined;
    if (known.requestHash !== meta.requestHash) throw idempotencyMismatch();
    return { result: undefined, appended: { ...known.result, duplicate: true }, duplicate: true };
  };

  const attempt = async <R>(
    root: string,
    meta: CommandMeta,
    decide: (transaction: CommandTransaction) => Promise<R>,
  ): Promise<CommandOutcome<R>> => {
    const { transaction, planned } = createTransaction(root, folds);
    const result = await decide(transaction);
    const writes = await encodeWrites(codec, planned());
    if (writes.every(({ events }) => events.length === 0)) return { result, appended: undefined, duplicate: false };
    const appended = await withSpan('append', {}, () => log.append(writes, optionsOf(meta, currentTraceparent())));
    return { result: appended.duplicate ? undefined : result, appended, duplicate: appended.duplicate };
  };

  return {
    execute: (root, meta, decide) =>
      withRemoteSpan('command', meta.traceparent ?? '', {}, async () => {
        const repeat = await findRepeat(root, meta);
        if (repeat) return repeat;
        for (let nth = 1; ; nth++) {
          try {
            return await attempt(root, meta, decide);
          } catch (error) {
            if (!isParvisError(error, 'version-conflict') || nth >= MAX_ATTEMPTS) throw error;
          }
        }
      }),
    forgetStates: folds.clear,
  };
};

interface PlannedWrite {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly AnyEvent[];
}

/** A stream as one attempt sees it: its version in the log, its states by decider, and what is planned on top. */
interface OpenStream {
  version: number | undefined;
  expected: Expected | undefined;
  readonly folds: Map<unknown, Fold>;
  readonly events: AnyEvent[];
}

const createTransaction = (root: string, folds: Folds): { transaction: CommandTransaction; planned(): PlannedWrite[] } => {
  const open = new Map<string, OpenStream>();

  const streamOf = (stream: string): OpenStream => {
    if (rootOf(stream) !== root) throw rootMismatch([root, stream]);
    const known = open.get(stream);
    if (known) return known;
    const made: OpenStream = { version: undefined, expected: undefined, folds: new Map(), events: [] };
    open.set(stream, made);
    return made;
  };

  const loadFold = async (decider: Decider<unknown, unknown, AnyEvent>, stream: string): Promise<{ entry: OpenStream; fold: Fold }> => {
    const entry = streamOf(stream);
    const known = entry.folds.get(decider);
    if (known) return { entry, fold: known };
    const loaded = await folds.load(decider, stream);
    // Two deciders on one stream see the same version, or the append's guard refuses what they decided.
    entry.version ??= loaded.version;
    const fold = { ...loaded, state: entry.events.reduce((state, event) => decider.evolve(state, event), loaded.state) };
    entry.folds.set(decider, fold);
    return { entry, fold };
  };

  const plan = (entry: OpenStream, events: readonly AnyEvent[]): void => {
    entry.events.push(...events);
    for (const [decider, fold] of entry.folds) {
      const { evolve } = decider as Decider<unknown, unknown, AnyEvent>;
      entry.folds.set(decider, { ...fold, state: events.reduce((state, event) => evolve(state, event), fold.state) });
    }
  };

  const loadedOf = (entry: OpenStream, decider: unknown): { state: never; version: number } => ({
    state: entry.folds.get(decider)?.state as never,
    version: (entry.version ?? 0) + entry.events.length,
  });

  const transaction: CommandTransaction = {
    async load(decider, stream) {
      const { entry } = await loadFold(decider as never, stream);
      return loadedOf(entry, decider);
    },
    async run(decider, stream, command) {
      const { entry, fold } = await loadFold(decider as never, stream);
      plan(entry, decider.decide(fold.state as never, command));
      return loadedOf(entry, decider);
    },
    append(stream, events, expected) {
      const entry = streamOf(stream);
      if (expected) entry.expected = expected;
      plan(entry, events);
    },
  };
  return { transaction, planned: () => [...open].map(([stream, entry]) => writeOf(stream, entry)) };
};

const writeOf = (stream: string, { version, expected, events }: OpenStream): PlannedWrite => ({
  stream,
  expected: expected ?? (version === undefined ? none : exact(version)),
  events,
});

const encodeWrites = (codec: EventCodec, planned: readonly PlannedWrite[]): Promise<StreamWrite[]> =>
  Promise.all(planned.map(async ({ stream, expected, events }) => ({ stream, expected, events: await codec.encode(stream, events) })));

/** @param span of the append, which consumers continue; empty without traces: then what the caller sent travels on */
const optionsOf = ({ commandId, requestHash, actor, traceparent, deadlineMs }: CommandMeta, span: string): AppendOptions => ({
  commandId,
  requestHash,
  actor,
  ...(span !== '' ? { traceparent: span } : traceparent === undefined ? {} : { traceparent }),
  ...(deadlineMs === undefined ? {} : { deadlineMs }),
});
