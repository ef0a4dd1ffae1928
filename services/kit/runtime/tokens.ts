import type { FollowedProgress } from '../eventing/consumerProgress.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog, LanePosition } from '../ports/eventLog.ts';
import { invalid, unavailable } from './errors.ts';
import { pause } from './pause.ts';
import type { CallContext } from './rpc.ts';
import type { Sealer } from './sealer.ts';

/** A read waits at most this long for the caller's own writes; then it answers with `parvis-stale`. */
export const TOKEN_WAIT_MS = 1000;
/** Tokens of one call. */
export const MAX_TOKENS = 50;
/** Another replica may move the marks: how often they are read again while a call waits. */
const REFRESH_MS = 50;

const PURPOSE = 'parvis-token';

/** Source, epoch, lane, position. */
type TokenContent = readonly [source: string, epoch: string, lane: number, position: number];

/** A consumer whose position a read depends on. */
export interface Followed {
  readonly progress: FollowedProgress;
  /** Reads the position again when another replica may have moved it. */
  refresh?(): Promise<void>;
  /** True: it will not move; nobody waits for it, and the answer is stale. */
  stopped?(): boolean;
}

export interface Tokens {
  /** Names a place of this service's own log. */
  tokenFor(last: LanePosition): Promise<string>;
  /** Waits until everything that follows the tokens' sources has passed them; else marks the reply stale. */
  wait(context: CallContext): Promise<void>;
}

export interface TokensOptions {
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: EventLog | undefined;
  followed(): readonly Followed[];
}

const highest = (sealer: Sealer, sealed: readonly string[]): TokenContent[] => {
  if (sealed.length > MAX_TOKENS) throw invalid('parvis-token', `at most ${MAX_TOKENS} tokens`);
  const tokens = new Map<string, TokenContent>();
  for (const text of sealed) {
    const token = sealer.open<TokenContent>(PURPOSE, text);
    const [source, epoch, lane, position] = token;
    const key = `${source} ${epoch} ${lane}`;
    const known = tokens.get(key);
    if (known === undefined || known[3] < position) tokens.set(key, token);
  }
  return [...tokens.values()];
};

const refreshUntil = async (followed: Followed, clock: Clock, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted && followed.refresh) {
    await pause(clock, REFRESH_MS, signal);
    if (!signal.aborted) await followed.refresh();
  }
};

/** True when it was passed; false when the time was over, or it is of a history that this consumer does not follow. */
const passed = async (followed: Followed, token: TokenContent, clock: Clock, timeIsOver: AbortSignal): Promise<boolean> => {
  const [, epoch, lane, position] = token;
  const { progress } = followed;
  const there = (): boolean => progress.epoch() === epoch && progress.position(lane) >= position;
  if (there()) return true;
  if (followed.stopped?.() === true || (progress.epoch() !== '' && progress.epoch() !== epoch)) return false;
  const done = new AbortController();
  const refreshing = refreshUntil(followed, clock, AbortSignal.any([timeIsOver, done.signal]));
  await progress.reached(lane, position, timeIsOver);
  done.abort();
  await refreshing;
  return there();
};

/** Read your writes: a write's answer names its place, and a read that carries it waits for that place. */
export const createTokens = (options: TokensOptions): Tokens => {
  const { sealer, clock, log } = options;
  let epoch: string | undefined;
  return {
    async tokenFor(last) {
      if (log === undefined) throw unavailable('no-log', 'this service has no log of its own');
      epoch ??= (await log.header()).epoch;
      return sealer.seal(PURPOSE, [log.source, epoch, last.lane, last.position] satisfies TokenContent);
    },
    async wait(context) {
      if (context.tokens.length === 0) return;
      const tokens = highest(sealer, context.tokens);
      const timeIsOver = new AbortController();
      const waitMs = Math.max(0, Math.min(TOKEN_WAIT_MS, context.deadlineMs - clock.now().getTime()));
      const cancel = clock.after(waitMs, () => timeIsOver.abort());
      const signal = AbortSignal.any([timeIsOver.signal, context.signal]);
      try {
        const followed = options.followed();
        const waits = tokens.flatMap((token) =>
          followed.filter((known) => known.progress.source === token[0]).map((known) => passed(known, token, clock, signal)),
        );
        if ((await Promise.all(waits)).includes(false)) context.reply.stale = true;
      } finally {
        cancel();
      }
    },
  };
};
