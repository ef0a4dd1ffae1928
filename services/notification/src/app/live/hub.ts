/** Hands what is heard to the streams that are open on this replica. */
import { setTimeout as pause } from 'node:timers/promises';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';
import type { Listener, ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import type { EntryRow } from '../../views/entryRow.ts';
import { noPreferences, type PreferencesRow, type PreferencesStreamEvent, preferencesAfter } from '../../views/preferencesView.ts';
import type { Entry, InboxSource } from '../entry.ts';
import { personalEntry } from '../inboxStreams.ts';
import { createLiveAccess, type LiveAccess } from './liveAccess.ts';
import { createLiveQueue, type LiveQueue, type Waiting } from './liveQueue.ts';
import { type LiveEvent, liveEventOf } from './seeds.ts';
import { createPositions, createVectorSealer, type Positions, type StreamVector } from './vector.ts';

/** Entries of a batch are waited for this long: a tick must not come before the row it tells of. */
const ENTRIES_WAIT_MS = 2000;
const ENTRIES_PAUSE_MS = 5;
const ROWS_PER_READ = 1000;

export interface Subscriber {
  readonly personId: string;
  readonly queue: LiveQueue;
  /** Groups whose events are handed over; whether they may be told is decided per tick. */
  readonly groups: Set<string>;
  preferences: PreferencesRow;
}

export interface LiveHub {
  readonly access: LiveAccess;
  /** Positions handed to every queue. */
  readonly handed: Positions;
  readonly listeners: readonly Listener[];
  /** The text a client resumes with. */
  readonly seal: (vector: StreamVector) => string;
  /** Opens a queue; events of the person's groups come once `joinGroups` was called. */
  open(personId: string): Subscriber;
  joinGroups(subscriber: Subscriber, groupIds: readonly string[]): void;
  close(subscriber: Subscriber): void;
  /** Tells all streams of one person on this replica. */
  tell(personId: string, waiting: Waiting): void;
  /** Ends every stream. */
  stop(): void;
  size(): number;
}

/** Events of records with the entries they made, by person. */
export const withEntries = (source: InboxSource, events: readonly DecodedEvent[], rows: readonly EntryRow[]): LiveEvent[] => {
  const byPosition = new Map<number, Map<string, Entry>>();
  for (const row of rows) {
    const people = byPosition.get(row.position) ?? new Map<string, Entry>();
    byPosition.set(row.position, people.set(row.personId, personalEntry(source, row)));
  }
  return events.flatMap((event) => liveEventOf(event, byPosition.get(event.position)) ?? []);
};

/** Waits until the view has the entries of these events; after a while it goes on without them. */
const entriesOf = async (runtime: ServiceRuntime, source: InboxSource, lane: number, from: number, to: number): Promise<EntryRow[]> => {
  const view = runtime.view(`${source}Inbox`);
  for (let waitedMs = 0; waitedMs < ENTRIES_WAIT_MS; waitedMs += ENTRIES_PAUSE_MS) {
    const marks = await view.marks();
    if (marks.some((mark) => mark.source === source && mark.lane === lane && mark.position >= to)) break;
    await pause(ENTRIES_PAUSE_MS);
  }
  const rows: EntryRow[] = [];
  let after: readonly (string | number)[] = [lane, from];
  for (;;) {
    const page = await view.range<EntryRow>('entries', 'byPlace', { prefix: [lane], after, limit: ROWS_PER_READ });
    rows.push(...page.map(({ row }) => row).filter((row) => row.position <= to));
    const last = page.at(-1);
    if (last === undefined || page.length < ROWS_PER_READ || last.row.position > to) return rows;
    after = last.indexKey;
  }
};

const LOST: ReadonlySet<string> = new Set(['memberLeft', 'memberRemoved', 'memberBanned']);

class Index {
  private readonly sets = new Map<string, Set<Subscriber>>();
  add(key: string, subscriber: Subscriber): void {
    const set = this.sets.get(key) ?? new Set();
    this.sets.set(key, set.add(subscriber));
  }
  delete(key: string, subscriber: Subscriber): void {
    const set = this.sets.get(key);
    if (set?.delete(subscriber) && set.size === 0) this.sets.delete(key);
  }
  of(key: string): Iterable<Subscriber> {
    return this.sets.get(key) ?? [];
  }
  all(): Subscriber[] {
    return [...this.sets.values()].flatMap((set) => [...set]);
  }
}

export const createLiveHub = (runtime: ServiceRuntime): LiveHub => {
  const access = createLiveAccess(runtime);
  const handed = createPositions();
  const byGroup = new Index();
  const byPerson = new Index();
  let open = 0;

  const joinGroup = (subscriber: Subscriber, groupId: string): void => {
    subscriber.groups.add(groupId);
    byGroup.add(groupId, subscriber);
  };
  const leaveGroup = (subscriber: Subscriber, groupId: string): void => {
    subscriber.groups.delete(groupId);
    byGroup.delete(groupId, subscriber);
  };

  /** Memberships decide who is in the index of a group; losing one is told to the person at once. */
  const follow = ({ stream, event }: DecodedEvent): void => {
    const { groupId, personId } = idsOfStream(stream);
    if (groupId === undefined || event === undefined) return;
    if (personId === undefined) {
      if (event.$case === 'groupPrivacyChanged' || event.$case === 'groupPartnerAdmissionChanged') {
        for (const subscriber of byGroup.of(groupId)) subscriber.queue.push({ kind: 'access', groupId });
      }
      return;
    }
    for (const subscriber of byPerson.of(personId)) {
      if (event.$case === 'memberJoined') joinGroup(subscriber, groupId);
      if (!LOST.has(event.$case)) continue;
      leaveGroup(subscriber, groupId);
      subscriber.queue.push({ kind: 'access', groupId });
    }
  };

  const fanOut = (event: LiveEvent): void => {
    const told = new Set<Subscriber>();
    const hand = (subscriber: Subscriber): void => {
      if (told.has(subscriber)) return;
      told.add(subscriber);
      subscriber.queue.push({ kind: 'event', event });
    };
    for (const subscriber of byGroup.of(event.groupId)) hand(subscriber);
    for (const personId of [event.seed.personId, ...event.personal.keys()])
      for (const subscriber of byPerson.of(personId)) hand(subscriber);
  };

  const onItems = (source: InboxSource) => async (lane: number, events: readonly DecodedEvent[]) => {
    const first = events[0];
    const last = events.at(-1);
    if (first === undefined || last === undefined) return;
    // Access first and at once: it must not wait for entries.
    if (source === 'group') {
      access.hear(events);
      for (const event of events) follow(event);
    }
    const rows = open === 0 ? [] : await entriesOf(runtime, source, lane, first.position, last.position);
    for (const event of withEntries(source, events, rows)) fanOut(event);
    handed.raise(source, lane, last.position);
  };

  const onIdentity = (_lane: number, events: readonly DecodedEvent[]): void => {
    access.hear(events);
    for (const { stream } of events) {
      const { personId, organisationId } = idsOfStream(stream);
      const concerned = organisationId === undefined ? byPerson.of(personId ?? '') : byPerson.all();
      for (const subscriber of concerned) subscriber.queue.push({ kind: 'access', groupId: '' });
    }
  };

  const onPreferences = (_lane: number, events: readonly DecodedEvent[]): void => {
    for (const decoded of events) {
      const { personId } = idsOfStream(decoded.stream);
      const event = decoded.event as PreferencesStreamEvent | undefined;
      if (personId === undefined || event === undefined) continue;
      for (const subscriber of byPerson.of(personId)) {
        if (decoded.version <= subscriber.preferences.version) continue;
        const after = preferencesAfter(subscriber.preferences, event, decoded.at.getTime());
        subscriber.preferences = { ...after, version: decoded.version };
      }
    }
  };

  return {
    access,
    handed,
    seal: createVectorSealer(runtime),
    listeners: [
      { name: 'livePosts', source: 'post', onEvents: onItems('post') },
      { name: 'liveGroups', source: 'group', onEvents: onItems('group') },
      { name: 'liveAccess', source: 'identity', onEvents: onIdentity },
      { name: 'livePreferences', source: 'notification', onEvents: onPreferences },
    ],
    open(personId) {
      const subscriber: Subscriber = { personId, queue: createLiveQueue(), groups: new Set(), preferences: noPreferences(personId) };
      byPerson.add(personId, subscriber);
      open += 1;
      return subscriber;
    },
    joinGroups(subscriber, groupIds) {
      for (const groupId of groupIds) joinGroup(subscriber, groupId);
    },
    close(subscriber) {
      for (const groupId of [...subscriber.groups]) leaveGroup(subscriber, groupId);
      byPerson.delete(subscriber.personId, subscriber);
      subscriber.queue.push({ kind: 'end' });
      open -= 1;
    },
    tell(personId, waiting) {
      for (const subscriber of byPerson.of(personId)) subscriber.queue.push(waiting);
    },
    stop() {
      for (const subscriber of byPerson.all()) subscriber.queue.push({ kind: 'end' });
    },
    size: () => open,
  };
};
