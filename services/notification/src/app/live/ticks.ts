/** The ticks an event makes for one reader, after access, level and wishes. */
import { setTimeout as pause } from 'node:timers/promises';
import { isMember, mayRead } from '@parvis/access/src/mayRead.ts';
import type { LiveResponse } from '@parvis/contracts/gen/parvis/notification/v1/service.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import type { Entry } from '../entry.ts';
import { entryIdOf } from '../entryId.ts';
import { isClosed, permitted, type Reader, type Standing, wished } from '../visibility.ts';
import { wishesOf } from '../wishes.ts';
import type { Subscriber } from './hub.ts';
import type { LiveAccess } from './liveAccess.ts';
import type { LiveEvent } from './seeds.ts';

/** Between two looks whether access facts are fresh again. */
const STALE_PAUSE_MS = 100;

/** A tick without its id, which says where the stream stands after it. */
export type Tick = Omit<LiveResponse, 'id'>;

export const emptyTick: Tick = {
  type: '',
  groupId: '',
  postId: '',
  commentId: '',
  actorId: '',
  notificationId: '',
  at: undefined,
  reason: '',
};

/** Members who read the group; of an open group as well, so that a stream is about one's own groups. */
const audienceSees = (reader: Reader, event: LiveEvent, { group, membership }: Standing): boolean => {
  if (group === undefined || !isMember(membership)) return false;
  if (!mayRead(reader.viewer, { kind: 'group-content', group, membership }, reader.nowMs)) return false;
  return event.seed.audience === 'members' || membership?.role !== 'member';
};

/** One's own standing changed: told with the group as long as one may know of it. */
const concernedSees = (reader: Reader, event: LiveEvent, { group, membership }: Standing): boolean =>
  event.seed.personId === reader.personId &&
  group !== undefined &&
  mayRead(reader.viewer, { kind: 'group-card', group, membership }, reader.nowMs);

const entryFor = (subscriber: Subscriber, reader: Reader, event: LiveEvent, standing: Standing): Entry | undefined => {
  const wishes = wishesOf(subscriber.preferences);
  const follows = wishes.follows.get(event.postId)?.following === true;
  const wide = event.wide?.reason === 'comment' && !follows ? undefined : event.wide;
  const entry = event.personal.get(reader.personId) ?? wide;
  if (entry === undefined || !wished(wishes, reader.personId, entry)) return undefined;
  return permitted(reader, entry, standing, true);
};

/**
 * None for who may read nothing of it. In a fixed order, so that a reader who resumes in the middle of an event's ticks
 * gets the rest.
 */
export const ticksFor = async (
  runtime: ServiceRuntime,
  access: LiveAccess,
  subscriber: Subscriber,
  event: LiveEvent,
): Promise<readonly Tick[]> => {
  const known = access.viewer(subscriber.personId);
  const viewer = known instanceof Promise ? await known : known;
  const found = access.standing(event.groupId, subscriber.personId);
  const standing = found instanceof Promise ? await found : found;
  if (viewer === undefined || standing.group === undefined) return [];
  if (isClosed(viewer, standing.group) && !runtime.factsFresh()) {
    // What can be revoked waits while facts lag behind; a reader who waits too long overflows and starts over.
    await pause(STALE_PAUSE_MS);
    return subscriber.queue.ended ? [] : ticksFor(runtime, access, subscriber, event);
  }
  const reader: Reader = { viewer, personId: subscriber.personId, nowMs: runtime.clock.now().getTime() };
  const at = new Date(event.atMs);
  const ticks: Tick[] = [];
  if (audienceSees(reader, event, standing) || concernedSees(reader, event, standing)) {
    const { groupId, postId, commentId, seed } = event;
    ticks.push({ ...emptyTick, type: seed.type, groupId, postId, commentId, actorId: seed.actorId, at });
  }
  const entry = entryFor(subscriber, reader, event, standing);
  if (entry !== undefined) {
    const { groupId, postId, commentId, actorId } = entry;
    const notificationId = entryIdOf(runtime, entry);
    ticks.push({ ...emptyTick, type: 'notification.added', groupId, postId, commentId, actorId, notificationId, at });
  }
  return ticks;
};
