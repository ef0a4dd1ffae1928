import { describe, expect, it } from '@jest/globals';
import type { MemberRole, MembershipState } from '@parvis/access/src/facts.ts';
import { createSealer } from '@parvis/kit/runtime/sealer.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { createManualClock } from '@parvis/kit/testing/manualClock.ts';
import { noPreferences } from '../../views/preferencesView.ts';
import type { Subscriber } from './hub.ts';
import type { LiveAccess } from './liveAccess.ts';
import { createLiveQueue } from './liveQueue.ts';
import type { LiveEvent, Seed } from './seeds.ts';
import { ticksFor } from './ticks.ts';

const clock = createManualClock();
let fresh = true;
const runtime = { clock, sealer: createSealer(new Uint8Array(32)), factsFresh: () => fresh } as unknown as ServiceRuntime;

const access = (privacy: 'open' | 'restricted' | 'hidden', state: MembershipState, role: MemberRole = 'member'): LiveAccess => ({
  hear: () => undefined,
  viewer: () => ({
    kind: 'person',
    person: { id: 'ben', kind: 'employee', status: 'active', roles: ['member'], organisationId: 'o', sponsorId: '' },
    organisation: { id: 'o', host: true, state: 'active', sponsorId: '' },
    sponsor: undefined,
  }),
  standing: () => ({
    group: { id: 'g', privacy, admitsPartners: false, archived: false },
    membership: { groupId: 'g', personId: 'ben', state, role },
    sinceMs: 0,
  }),
});
const subscriber = (): Subscriber => ({
  personId: 'ben',
  queue: createLiveQueue(),
  groups: new Set(['g']),
  preferences: noPreferences('ben'),
});
const event = (seed: Partial<Seed>): LiveEvent => ({
  source: 'group',
  lane: 0,
  position: 1,
  atMs: 1,
  groupId: 'g',
  postId: '',
  commentId: '',
  seed: { type: 'membership.changed', audience: 'members', personId: '', actorId: 'ada', ...seed },
  wide: undefined,
  personal: new Map(),
  coalesce: '',
});
const types = async (facts: LiveAccess, seed: Partial<Seed> = {}) =>
  (await ticksFor(runtime, facts, subscriber(), event(seed))).map(({ type, groupId }) => `${type} ${groupId}`);

describe('ticks', () => {
  it('of a group reach its members, not everyone who may look into it', async () => {
    expect(await types(access('open', 'member'))).toEqual(['membership.changed g']);
    expect(await types(access('open', 'none'))).toEqual([]);
    expect(await types(access('restricted', 'none'))).toEqual([]);
  });

  it('of requests reach those who moderate', async () => {
    expect(await types(access('restricted', 'member'), { audience: 'moderators' })).toEqual([]);
    for (const role of ['moderator', 'owner'] as const) {
      expect(await types(access('restricted', 'member', role), { audience: 'moderators' })).toEqual(['membership.changed g']);
    }
  });

  it("about one's own standing come as long as the group may be known of", async () => {
    const mine = { personId: 'ben', audience: 'moderators' } as const;
    expect(await types(access('restricted', 'requested'), mine)).toEqual(['membership.changed g']);
    expect(await types(access('hidden', 'invited'), mine)).toEqual(['membership.changed g']);
    expect(await types(access('hidden', 'none'), mine)).toEqual([]);
  });

  it('of closed groups wait while facts lag behind, and end with the reader', async () => {
    fresh = false;
    const reader = subscriber();
    const waiting = ticksFor(runtime, access('hidden', 'member'), reader, event({}));
    expect(await types(access('open', 'member'))).toEqual(['membership.changed g']);
    fresh = true;
    expect(await waiting).toHaveLength(1);
    fresh = false;
    const gone = ticksFor(runtime, access('hidden', 'member'), reader, event({}));
    reader.queue.push({ kind: 'end' });
    expect(await gone).toEqual([]);
    fresh = true;
  });
});
