/** One open stream: subscribe, replay what was missed, then follow without a gap or a repeat. */
import { isActive, mayRead } from '@parvis/access/src/mayRead.ts';
import type { LiveRequest, LiveResponse } from '@parvis/contracts/gen/parvis/notification/v1/service.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import type { PreferencesRow } from '../../views/preferencesView.ts';
import type { Parts } from '../parts.ts';
import type { LiveHub, Subscriber } from './hub.ts';
import { canReplay, headsOf, replay } from './replay.ts';
import type { LiveEvent } from './seeds.ts';
import { emptyTick, type Tick, ticksFor } from './ticks.ts';
import { createPositions, openVector, type Positions, type StreamVector } from './vector.ts';

export const HEARTBEAT_MS = 20_000;

interface Stream {
  readonly parts: Parts;
  readonly hub: LiveHub;
  readonly subscriber: Subscriber;
  readonly epochs: StreamVector['epochs'];
  /** Everything at or below is sent, or not for this reader. */
  readonly sent: Positions;
}

const tickWithId = (stream: Stream, tick: Tick, partial?: StreamVector['partial']): LiveResponse => {
  const vector = { epochs: stream.epochs, positions: stream.sent.copy(), ...(partial === undefined ? {} : { partial }) };
  return { ...tick, id: stream.hub.seal(vector) };
};

const resync = (stream: Stream, reason: string): LiveResponse =>
  tickWithId(stream, { ...emptyTick, type: 'resync', reason, at: stream.parts.runtime.clock.now() });

/** What waits was handed over before: with nothing waiting, the stream stands where the hub does. */
const catchUp = (stream: Stream): void => {
  if (stream.subscriber.queue.size === 0) stream.sent.raiseAll(stream.hub.handed);
};

/** @param options.skip ticks of this event that the reader has already; options.live: it came through the queue. */
async function* tell(stream: Stream, event: LiveEvent, { skip = 0, live = false } = {}): AsyncGenerator<LiveResponse, void> {
  const { source, lane, position } = event;
  const ticks = await ticksFor(stream.parts.runtime, stream.hub.access, stream.subscriber, event);
  for (const [nth, tick] of ticks.entries()) {
    if (nth < skip) continue;
    if (nth < ticks.length - 1) {
      stream.sent.raise(source, lane, position - 1);
      yield tickWithId(stream, tick, { source, lane, sent: nth + 1 });
    } else {
      stream.sent.raise(source, lane, position);
      if (live) catchUp(stream);
      yield tickWithId(stream, tick);
    }
  }
  stream.sent.raise(source, lane, position);
}

async function* catchUpFrom(stream: Stream, from: StreamVector, to: StreamVector): AsyncGenerator<LiveResponse, void> {
  let pending = from.partial;
  for await (const event of replay(stream.parts, stream.subscriber, from, to)) {
    const begun = pending !== undefined && event.source === pending.source && event.lane === pending.lane;
    const skip = begun && event.position === (from.positions[event.source][event.lane] ?? 0) + 1 ? (pending?.sent ?? 0) : 0;
    if (begun) pending = undefined;
    yield* tell(stream, event, { skip });
  }
}

/** Whether the person may be here at all, and still reads the group; the group is left when not. */
const recheck = async ({ parts, hub, subscriber }: Stream, groupId: string): Promise<'gone' | 'closed' | 'same'> => {
  const viewer = await hub.access.viewer(subscriber.personId);
  const nowMs = parts.runtime.clock.now().getTime();
  if (viewer === undefined || !isActive(viewer.person, viewer.organisation, nowMs)) return 'gone';
  if (groupId === '') return 'same';
  const { group, membership } = await hub.access.standing(groupId, subscriber.personId);
  const reads = group !== undefined && mayRead(viewer, { kind: 'group-content', group, membership }, nowMs);
  return reads && subscriber.groups.has(groupId) ? 'same' : 'closed';
};

async function* follow(stream: Stream): AsyncGenerator<LiveResponse, void> {
  const { parts, subscriber } = stream;
  const nowTick = (type: string): LiveResponse => tickWithId(stream, { ...emptyTick, type, at: parts.runtime.clock.now() });
  for (;;) {
    const waiting = await subscriber.queue.next();
    switch (waiting.kind) {
      case 'event': {
        const { source, lane, position } = waiting.event;
        if (position > stream.sent.at(source, lane)) yield* tell(stream, waiting.event, { live: true });
        catchUp(stream);
        break;
      }
      case 'access': {
        const outcome = await recheck(stream, waiting.groupId);
        if (outcome !== 'same') yield resync(stream, 'access-changed');
        if (outcome === 'gone') return;
        break;
      }
      case 'heartbeat': {
        // Expiry needs no event: this is where it is noticed when nothing else happens.
        if ((await recheck(stream, '')) === 'gone') {
          yield resync(stream, 'access-changed');
          return;
        }
        catchUp(stream);
        yield nowTick('heartbeat');
        break;
      }
      case 'unread':
        yield nowTick('unread.changed');
        break;
      case 'overflow':
        yield resync(stream, 'slow-reader');
        return;
      case 'end':
        return;
      default:
        waiting satisfies never;
    }
  }
}

/** Calls back every HEARTBEAT_MS until it is cancelled. */
const everyHeartbeat = (parts: Parts, beat: () => void): (() => void) => {
  let cancel = (): void => undefined;
  const next = (): void => {
    cancel = parts.runtime.clock.after(HEARTBEAT_MS, () => {
      beat();
      next();
    });
  };
  next();
  return () => cancel();
};

export interface LiveCall {
  readonly entered: Entered;
  readonly request: LiveRequest;
  /** When the caller's token expires: the stream ends, and its reader comes back with a new one. */
  readonly untilMs: number;
  readonly signal: AbortSignal;
}

/**
 * Ticks for one reader until they leave, their access or their token ends, or they are too slow.
 * The first tick of a fresh stream is a heartbeat: its id says from where it follows.
 */
export async function* liveStream(parts: Parts, hub: LiveHub, call: LiveCall): AsyncGenerator<LiveResponse, void> {
  const { runtime } = parts;
  const { personId } = call.entered;
  const subscriber = hub.open(personId);
  const end = (): void => subscriber.queue.push({ kind: 'end' });
  const cancelHeartbeat = everyHeartbeat(parts, () => subscriber.queue.push({ kind: 'heartbeat' }));
  const cancelExpiry = runtime.clock.after(Math.max(0, call.untilMs - runtime.clock.now().getTime()), end);
  call.signal.addEventListener('abort', end, { once: true });
  try {
    const row = await runtime.view('preferences').get<PreferencesRow>('people', personId);
    if (row !== undefined && row.version > subscriber.preferences.version) subscriber.preferences = row;
    hub.joinGroups(subscriber, await runtime.facts.groupIdsOf(personId));
    // Heads are asked for after the queue is open: what they do not cover comes through the queue.
    const heads = await headsOf(parts);
    const from = call.request.lastEventId === '' ? heads : openVector(runtime, call.request.lastEventId);
    const resumes = from !== undefined && canReplay(from, heads);
    const sent = createPositions(resumes ? from.positions : heads.positions);
    const stream: Stream = { parts, hub, subscriber, epochs: heads.epochs, sent };
    if (!resumes) yield resync(stream, 'cursor-too-old');
    else {
      if (from !== heads) yield* catchUpFrom(stream, from, heads);
      sent.raiseAll(createPositions(heads.positions));
      yield tickWithId(stream, { ...emptyTick, type: 'heartbeat', at: runtime.clock.now() });
    }
    yield* follow(stream);
  } finally {
    cancelHeartbeat();
    cancelExpiry();
    call.signal.removeEventListener('abort', end);
    hub.close(subscriber);
  }
}
