/**
 * Access facts for streams that stay open, remembered for moments only. An event that changes access is heard here
 * before or after the facts have followed it: until they agree with it, nothing is told of what it is about. Closed,
 * never open.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { GroupFacts, MembershipFacts, MembershipState } from '@parvis/access/src/facts.ts';
import type { PersonViewer } from '@parvis/access/src/mayRead.ts';
import { GroupPrivacy } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import type { Standing } from '../visibility.ts';

/**
 * Facts are asked again after this long even when no event was heard: they follow their owners when the bus does not
 * (design §7), and a stream must not be behind them for longer than the bound on revocations leaves.
 */
const REMEMBER_MS = 2000;
/** The same, for a while after an event whose effect on the facts can't be told from it alone. */
const UNSETTLED_MS = 100;
const UNSETTLED_FOR_MS = 6000;
/** Facts remembered at most. */
const REMEMBERED = 50_000;
/** How long facts may take to agree with an event; then they are believed if they are fresh. */
const SETTLE_MS = 5000;
const SETTLE_PAUSE_MS = 10;
/** Expectations kept at most; the oldest have long been met. */
const EXPECTATIONS = 10_000;

interface Remembered<T> {
  readonly value: T;
  readonly untilMs: number;
}

export interface LiveAccess {
  /** What changes access, as it is heard. */
  hear(events: readonly DecodedEvent[]): void;
  viewer(personId: string): PersonViewer | undefined | Promise<PersonViewer | undefined>;
  standing(groupId: string, personId: string): Standing | Promise<Standing>;
}

type Check = (value: unknown) => boolean;

const membershipStates: Readonly<Record<string, MembershipState>> = {
  memberJoined: 'member',
  membershipRequested: 'requested',
  memberInvited: 'invited',
  memberBanned: 'banned',
  membershipRequestWithdrawn: 'none',
  membershipDeclined: 'none',
  memberInvitationDeclined: 'none',
  memberInvitationRevoked: 'none',
  memberLeft: 'none',
  memberRemoved: 'none',
  memberUnbanned: 'none',
};

const PRIVACY: Readonly<Record<number, GroupFacts['privacy']>> = {
  [GroupPrivacy.OPEN]: 'open',
  [GroupPrivacy.RESTRICTED]: 'restricted',
  [GroupPrivacy.HIDDEN]: 'hidden',
};

interface Heard {
  readonly key: string;
  /** Undefined: the facts are only asked again. */
  readonly check?: Check;
}

const groupHeard = (groupId: string, event: NonNullable<DecodedEvent['event']>): Heard | undefined => {
  const key = `group/${groupId}`;
  const facts = (value: unknown): GroupFacts | undefined => value as GroupFacts | undefined;
  switch (event.$case) {
    case 'groupPrivacyChanged':
      return { key, check: (value) => facts(value)?.privacy === (PRIVACY[event.value.privacy] ?? 'hidden') };
    case 'groupPartnerAdmissionChanged':
      return { key, check: (value) => facts(value)?.admitsPartners === event.value.admitsPartners };
    default:
      return { key };
  }
};

const memberHeard = (groupId: string, personId: string, event: NonNullable<DecodedEvent['event']>): Heard => {
  const state = membershipStates[event.$case];
  const key = `member/${groupId}/${personId}`;
  // A change of role: whether the person is an owner as well is known to the group alone.
  if (state === undefined) return { key };
  return { key, check: (value) => ((value as MembershipFacts | undefined)?.state ?? 'none') === state };
};

const personHeard = (personId: string, event: NonNullable<DecodedEvent['event']>): Heard => {
  const key = `person/${personId}`;
  const viewer = (value: unknown): PersonViewer | undefined => value as PersonViewer | undefined;
  if (event.$case === 'personSuspended' || event.$case === 'personErased') {
    return { key, check: (value) => viewer(value)?.person.status !== 'active' };
  }
  if (event.$case === 'personExpiryChanged') {
    const expiresAtMs = event.value.expiresAt?.getTime();
    return { key, check: (value) => viewer(value)?.person.expiresAtMs === expiresAtMs };
  }
  return { key };
};

const organisationHeard = (organisationId: string, event: NonNullable<DecodedEvent['event']>): Heard => {
  const key = `organisation/${organisationId}`;
  if (event.$case !== 'organisationSuspended' && event.$case !== 'organisationEnded') return { key };
  return { key, check: (value) => (value as PersonViewer | undefined)?.organisation?.state !== 'active' };
};

const heardOf = ({ stream, event, source }: DecodedEvent): Heard | undefined => {
  if (event === undefined) return undefined;
  const { groupId, personId, organisationId } = idsOfStream(stream);
  if (source === 'group' && groupId !== undefined) {
    return personId === undefined ? groupHeard(groupId, event) : memberHeard(groupId, personId, event);
  }
  if (source !== 'identity') return undefined;
  if (personId !== undefined) return personHeard(personId, event);
  return organisationId === undefined ? undefined : organisationHeard(organisationId, event);
};

/** Sets the key as the newest; the oldest is forgotten beyond EXPECTATIONS. */
const keepNewest = <V>(map: Map<string, V>, key: string, value: V): void => {
  map.delete(key);
  map.set(key, value);
  const oldest = map.size > EXPECTATIONS ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
};

export const createLiveAccess = (runtime: ServiceRuntime): LiveAccess => {
  const { facts, clock } = runtime;
  const remembered = new Map<string, Remembered<unknown>>();
  const loading = new Map<string, Promise<unknown>>();
  const expected = new Map<string, Check>();
  /** Keys of events without a check → until when the facts are asked again and again. */
  const unsettled = new Map<string, number>();
  let heardCount = 0;
  const nowMs = (): number => clock.now().getTime();

  const recall = <T>(key: string): Remembered<T> | undefined => {
    const known = remembered.get(key) as Remembered<T> | undefined;
    return known !== undefined && known.untilMs > nowMs() ? known : undefined;
  };

  const rememberMs = (keys: readonly string[]): number =>
    keys.some((key) => (unsettled.get(key) ?? 0) > nowMs()) ? UNSETTLED_MS : REMEMBER_MS;

  /** Several streams of one person ask once. */
  const once = <T>(key: string, read: () => Promise<T>): Promise<T> => {
    const running = loading.get(key) as Promise<T> | undefined;
    if (running !== undefined) return running;
    const started: Promise<T> = read().finally(() => {
      if (loading.get(key) === started) loading.delete(key);
    });
    loading.set(key, started);
    return started;
  };

  /** Loads until the facts agree with what was heard of the keys. */
  const load = async <T>(keys: readonly string[], read: () => Promise<T>): Promise<T | undefined> => {
    const key = keys[0] as string;
    for (let waitedMs = 0; ; waitedMs += SETTLE_PAUSE_MS) {
      const seen = heardCount;
      const value = await read();
      const open = keys.filter((name) => expected.get(name)?.(value) === false);
      const late = waitedMs >= SETTLE_MS;
      if (late && !runtime.factsFresh()) return undefined;
      if (open.length === 0 || late) {
        for (const name of keys) expected.delete(name);
        if (remembered.size >= REMEMBERED) remembered.clear();
        if (seen === heardCount) remembered.set(key, { value, untilMs: nowMs() + rememberMs(keys) });
        return value;
      }
      await pause(SETTLE_PAUSE_MS);
    }
  };

  const loadViewer = async (personId: string): Promise<PersonViewer | undefined> => {
    const organisationId = (await facts.person(personId))?.organisationId ?? '';
    return load([`person/${personId}`, `organisation/${organisationId}`], () => facts.viewer(personId));
  };

  const loadStanding = async (groupId: string, personId: string): Promise<Standing> => {
    const groupKey = `group/${groupId}`;
    const memberKey = `member/${groupId}/${personId}`;
    for (;;) {
      const group = recall<GroupFacts | undefined>(groupKey);
      const member = recall<MembershipFacts | undefined>(memberKey);
      const [groupFacts, membership] = await Promise.all([
        group ? group.value : once(groupKey, () => load([groupKey], () => facts.group(groupId))),
        member ? member.value : load([memberKey], () => facts.membership(groupId, personId)),
      ]);
      // One may have been waited for while an event about the other was heard.
      const agreed = expected.get(groupKey)?.(groupFacts) !== false && expected.get(memberKey)?.(membership) !== false;
      if (agreed || groupFacts === undefined) return { group: groupFacts, membership, sinceMs: 0 };
    }
  };

  const forgetOrganisation = (key: string): void => {
    const organisationId = key.slice('organisation/'.length);
    for (const [name, { value }] of remembered) {
      if (name.startsWith('person/') && (value as PersonViewer | undefined)?.person.organisationId === organisationId)
        remembered.delete(name);
    }
  };

  return {
    hear(events) {
      for (const event of events) {
        const heard = heardOf(event);
        if (heard === undefined) continue;
        heardCount += 1;
        // What is being read may be from before: whoever asks from now on reads for themselves.
        loading.clear();
        remembered.delete(heard.key);
        if (heard.key.startsWith('organisation/')) forgetOrganisation(heard.key);
        if (heard.check === undefined) keepNewest(unsettled, heard.key, nowMs() + UNSETTLED_FOR_MS);
        else keepNewest(expected, heard.key, heard.check);
      }
    },
    viewer: (personId) => {
      const known = recall<PersonViewer | undefined>(`person/${personId}`);
      return known ? known.value : once(`person/${personId}`, () => loadViewer(personId));
    },
    standing: (groupId, personId) => {
      const group = recall<GroupFacts | undefined>(`group/${groupId}`);
      const member = recall<MembershipFacts | undefined>(`member/${groupId}/${personId}`);
      if (group && member) return { group: group.value, membership: member.value, sinceMs: 0 };
      return once(`standing/${groupId}/${personId}`, () => loadStanding(groupId, personId));
    },
  };
};
