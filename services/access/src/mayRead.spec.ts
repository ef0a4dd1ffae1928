import { describe, expect, it } from '@jest/globals';
import type { GroupFacts, MembershipFacts, MembershipState, OrganisationFacts, PersonFacts } from './facts.ts';
import {
  type ClientViewer,
  hasAccess,
  type Item,
  isActive,
  isAdministrator,
  isMember,
  isNetworkModerator,
  mayRead,
  type PersonViewer,
  SPONSOR_GRACE_MS,
} from './mayRead.ts';

const NOW = Date.UTC(2026, 5, 1);
const PAST = NOW - 1;
const FUTURE = NOW + 1;

const host: OrganisationFacts = { id: 'host', host: true, state: 'active', sponsorId: '' };
const acme: OrganisationFacts = { id: 'acme', host: false, state: 'active', sponsorId: 'ada' };
const employee: PersonFacts = { id: 'emil', kind: 'employee', status: 'active', roles: ['member'], organisationId: 'host', sponsorId: '' };
const partner: PersonFacts = {
  id: 'paula',
  kind: 'partner',
  status: 'active',
  roles: ['member'],
  organisationId: 'acme',
  sponsorId: 'ada',
};
const sponsor: PersonFacts = { ...employee, id: 'ada' };
const asEmployee = (changes: Partial<PersonFacts> = {}): PersonViewer => ({
  kind: 'person',
  person: { ...employee, ...changes },
  organisation: host,
  sponsor: undefined,
});
const asPartner = (changes: Partial<PersonFacts> = {}, organisation: OrganisationFacts | undefined = acme): PersonViewer => ({
  kind: 'person',
  person: { ...partner, ...changes },
  organisation,
  sponsor,
});
const moderator = asEmployee({ roles: ['member', 'moderator'] });
const administrator = asEmployee({ roles: ['member', 'administrator'] });

const group = (changes: Partial<GroupFacts> = {}): GroupFacts => ({
  id: 'g',
  privacy: 'open',
  admitsPartners: false,
  archived: false,
  ...changes,
});
const membership = (state: MembershipState, changes: Partial<MembershipFacts> = {}): MembershipFacts => ({
  groupId: 'g',
  personId: 'x',
  state,
  role: 'member',
  ...changes,
});
const PRIVACIES = ['open', 'restricted', 'hidden'] as const;
const STATES = ['none', 'requested', 'invited', 'banned', 'member'] as const;

describe('what a group holds', () => {
  const content = (facts: GroupFacts, own?: MembershipFacts): Item => ({ kind: 'group-content', group: facts, membership: own });

  it.each([
    // privacy, and the states in which an employee reads
    ['open', ['none', 'requested', 'invited', 'member']],
    ['restricted', ['member']],
    ['hidden', ['member']],
  ] as const)('of a group that is %s is read by employees who are %s', (privacy, readers) => {
    for (const state of STATES) {
      for (const admitsPartners of [true, false]) {
        const item = content(group({ privacy, admitsPartners }), membership(state));
        expect([state, mayRead(asEmployee(), item, NOW)]).toEqual([state, (readers as readonly string[]).includes(state)]);
      }
    }
    expect(mayRead(asEmployee(), content(group({ privacy })), NOW)).toBe(privacy === 'open');
  });

  it.each(PRIVACIES)('of a group that is %s is read by partners only as members, and only where partners are admitted', (privacy) => {
    for (const state of STATES) {
      expect(mayRead(asPartner(), content(group({ privacy, admitsPartners: true }), membership(state)), NOW)).toBe(state === 'member');
      expect(mayRead(asPartner(), content(group({ privacy, admitsPartners: false }), membership(state)), NOW)).toBe(false);
    }
    expect(mayRead(asPartner(), content(group({ privacy, admitsPartners: true })), NOW)).toBe(false);
  });

  it.each([moderator, administrator])('is not read by a role of the network, but for a thread with an open report', (viewer) => {
    for (const privacy of ['restricted', 'hidden'] as const) {
      const item = content(group({ privacy }));
      expect(mayRead(viewer, item, NOW)).toBe(false);
      expect(mayRead(viewer, { ...item, openReport: false } as Item, NOW)).toBe(false);
      expect(mayRead(viewer, { ...item, openReport: true } as Item, NOW)).toBe(true);
      expect(mayRead(asEmployee(), { ...item, openReport: true } as Item, NOW)).toBe(false);
    }
  });

  it('is not opened to a partner by a role or a report', () => {
    const item: Item = {
      kind: 'group-content',
      group: group({ privacy: 'hidden', admitsPartners: true }),
      membership: undefined,
      openReport: true,
    };
    expect(mayRead(asPartner({ roles: ['member', 'moderator', 'administrator'] }), item, NOW)).toBe(false);
  });

  it('stays readable in an archived group, to those who could', () => {
    expect(mayRead(asEmployee(), content(group({ archived: true })), NOW)).toBe(true);
    expect(mayRead(asEmployee(), content(group({ archived: true, privacy: 'hidden' })), NOW)).toBe(false);
    expect(mayRead(asEmployee(), content(group({ archived: true, privacy: 'hidden' }), membership('member')), NOW)).toBe(true);
  });

  it('is no wider for a member whose role is higher', () => {
    for (const role of ['member', 'moderator', 'owner'] as const) {
      expect(mayRead(asEmployee(), content(group({ privacy: 'hidden' }), membership('none', { role })), NOW)).toBe(false);
    }
  });
});

describe('the card of a group', () => {
  const card = (facts: GroupFacts, own?: MembershipFacts): Item => ({ kind: 'group-card', group: facts, membership: own });

  it('is seen by employees unless the group is hidden from them', () => {
    for (const state of STATES) {
      expect(mayRead(asEmployee(), card(group(), membership(state)), NOW)).toBe(true);
      expect(mayRead(asEmployee(), card(group({ privacy: 'restricted' }), membership(state)), NOW)).toBe(true);
      const seen = state === 'member' || state === 'invited';
      expect(mayRead(asEmployee(), card(group({ privacy: 'hidden' }), membership(state)), NOW)).toBe(seen);
    }
    expect(mayRead(asEmployee(), card(group({ privacy: 'hidden' })), NOW)).toBe(false);
    expect(mayRead(administrator, card(group({ privacy: 'hidden' })), NOW)).toBe(false);
  });

  it('is seen by partners who are members or invited, where partners are admitted', () => {
    for (const privacy of PRIVACIES) {
      for (const state of STATES) {
        const seen = state === 'member' || state === 'invited';
        expect(mayRead(asPartner(), card(group({ privacy, admitsPartners: true }), membership(state)), NOW)).toBe(seen);
        expect(mayRead(asPartner(), card(group({ privacy }), membership(state)), NOW)).toBe(false);
      }
    }
  });

  it('is no longer seen when the invitation ended by itself', () => {
    const hidden = group({ privacy: 'hidden', admitsPartners: true });
    for (const viewer of [asEmployee(), asPartner()]) {
      expect(mayRead(viewer, card(hidden, membership('invited', { invitedUntilMs: FUTURE })), NOW)).toBe(true);
      expect(mayRead(viewer, card(hidden, membership('invited', { invitedUntilMs: NOW })), NOW)).toBe(false);
      expect(mayRead(viewer, card(hidden, membership('invited', { invitedUntilMs: PAST })), NOW)).toBe(false);
      expect(mayRead(viewer, card(hidden, membership('member', { invitedUntilMs: PAST })), NOW)).toBe(true);
    }
  });
});

describe('people', () => {
  const other: PersonFacts = { ...employee, id: 'olga' };
  const item = (kind: 'person-card' | 'person-profile', person: PersonFacts, sharesGroup = false): Item => ({ kind, person, sharesGroup });

  it('are seen whole by employees, whatever their state', () => {
    for (const kind of ['person-card', 'person-profile'] as const) {
      for (const status of ['active', 'invited', 'suspended', 'erased'] as const) {
        expect(mayRead(asEmployee(), item(kind, { ...other, status }), NOW)).toBe(true);
      }
      expect(mayRead(asEmployee(), item(kind, { ...other, status: 'abandoned' }), NOW)).toBe(false);
      expect(mayRead(asEmployee(), item(kind, partner), NOW)).toBe(true);
    }
  });

  it('are seen by partners only by a short card, and only who shares a group', () => {
    expect(mayRead(asPartner(), item('person-card', other, true), NOW)).toBe(true);
    expect(mayRead(asPartner(), item('person-card', other, false), NOW)).toBe(false);
    expect(mayRead(asPartner(), item('person-profile', other, true), NOW)).toBe(false);
    expect(mayRead(asPartner(), item('person-card', { ...other, status: 'abandoned' }, true), NOW)).toBe(false);
    for (const kind of ['person-card', 'person-profile'] as const) expect(mayRead(asPartner(), item(kind, partner), NOW)).toBe(true);
  });

  it.each(['directory', 'organisations'] as const)('are not listed to partners: %s', (kind) => {
    expect(mayRead(asEmployee(), { kind }, NOW)).toBe(true);
    expect(mayRead(asPartner({ roles: ['member', 'administrator'] }), { kind }, NOW)).toBe(false);
  });

  it('keep what is theirs for themselves', () => {
    expect(mayRead(asEmployee(), { kind: 'own', personId: 'emil' }, NOW)).toBe(true);
    expect(mayRead(asPartner(), { kind: 'own', personId: 'paula' }, NOW)).toBe(true);
    for (const viewer of [asPartner(), moderator, administrator])
      expect(mayRead(viewer, { kind: 'own', personId: 'olga' }, NOW)).toBe(false);
  });
});

describe('duties', () => {
  it.each([
    ['administration', [false, false, true]],
    ['reports', [false, true, true]],
  ] as const)('of %s are for employees who hold them', (kind, [plain, moderating, administrating]) => {
    expect(mayRead(asEmployee(), { kind }, NOW)).toBe(plain);
    expect(mayRead(moderator, { kind }, NOW)).toBe(moderating);
    expect(mayRead(administrator, { kind }, NOW)).toBe(administrating);
    expect(mayRead(asPartner({ roles: ['member', 'moderator', 'administrator'] }), { kind }, NOW)).toBe(false);
  });

  it('are told by roles', () => {
    expect([isAdministrator(employee), isAdministrator(moderator.person), isAdministrator(administrator.person)]).toEqual([
      false,
      false,
      true,
    ]);
    expect([isNetworkModerator(employee), isNetworkModerator(moderator.person), isNetworkModerator(administrator.person)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(STATES.map((state) => isMember(membership(state)))).toEqual([false, false, false, false, true]);
    expect(isMember(undefined)).toBe(false);
  });
});

describe('access ends', () => {
  const readable: Item[] = [
    { kind: 'group-content', group: group({ admitsPartners: true }), membership: membership('member') },
    { kind: 'group-card', group: group({ admitsPartners: true }), membership: membership('member') },
    { kind: 'person-card', person: { ...employee, id: 'olga' }, sharesGroup: true },
    { kind: 'own', personId: 'paula' },
  ];
  const endings: [string, PersonViewer][] = [
    ['with the person: invited', asPartner({ status: 'invited' })],
    ['with the person: suspended', asPartner({ status: 'suspended' })],
    ['with the person: erased', asPartner({ status: 'erased' })],
    ['with the person: abandoned', asPartner({ status: 'abandoned' })],
    ['by itself', asPartner({ expiresAtMs: PAST })],
    ['at the very moment of its expiry', asPartner({ expiresAtMs: NOW })],
    ['with an unknown organisation', { ...asPartner(), organisation: undefined }],
    ['with the organisation: suspended', asPartner({}, { ...acme, state: 'suspended' })],
    ['with the organisation: ended', asPartner({}, { ...acme, state: 'ended' })],
    ['with the expiry of the organisation', asPartner({}, { ...acme, expiresAtMs: NOW })],
  ];
  it.each(endings)('%s', (_how, viewer) => {
    for (const item of readable) expect(mayRead(viewer, item, NOW)).toBe(false);
    expect(isActive(viewer.person, viewer.organisation, NOW)).toBe(false);
  });

  it('not before', () => {
    for (const viewer of [asPartner(), asPartner({ expiresAtMs: FUTURE }), asPartner({}, { ...acme, expiresAtMs: FUTURE })]) {
      for (const item of readable) expect(mayRead(viewer, item, NOW)).toBe(true);
    }
  });

  it('fourteen days after the sponsor was suspended or erased, unless administrators name another', () => {
    const sponsored = (sinceMs: number, status: PersonFacts['status']): PersonViewer => ({
      ...asPartner(),
      sponsor: { ...sponsor, status, inactiveSinceMs: sinceMs },
    });
    for (const status of ['suspended', 'erased'] as const) {
      for (const item of readable) expect(mayRead(sponsored(NOW - SPONSOR_GRACE_MS + 1, status), item, NOW)).toBe(true);
      for (const item of readable) expect(mayRead(sponsored(NOW - SPONSOR_GRACE_MS, status), item, NOW)).toBe(false);
    }
    for (const item of readable) expect(mayRead({ ...asPartner(), sponsor: undefined }, item, NOW)).toBe(true);
  });

  it('not of an employee, who has no sponsor to lose', () => {
    const gone = { ...sponsor, status: 'erased', inactiveSinceMs: 0 } as const;
    expect(hasAccess({ ...asEmployee(), sponsor: gone }, NOW)).toBe(true);
  });
});

describe('a client of an integrator', () => {
  const client: ClientViewer = { kind: 'client', clientId: 'c', groupIds: ['g'], personal: false, expiresAtMs: FUTURE };
  const content: Item = { kind: 'group-content', group: group({ privacy: 'hidden' }), membership: undefined };

  it('reads the groups it was granted until the grant ends', () => {
    expect(mayRead(client, content, NOW)).toBe(true);
    expect(mayRead(client, { ...content, kind: 'group-card' } as Item, NOW)).toBe(true);
    expect(mayRead({ ...client, groupIds: ['other'] }, content, NOW)).toBe(false);
    expect(mayRead({ ...client, expiresAtMs: NOW }, content, NOW)).toBe(false);
  });

  it('reads nothing of people, lists or duties', () => {
    const others: Item[] = [
      { kind: 'person-card', person: employee, sharesGroup: true },
      { kind: 'person-profile', person: employee, sharesGroup: true },
      { kind: 'directory' },
      { kind: 'organisations' },
      { kind: 'own', personId: 'c' },
      { kind: 'administration' },
      { kind: 'reports' },
    ];
    for (const item of others) expect([item.kind, mayRead({ ...client, personal: true }, item, NOW)]).toEqual([item.kind, false]);
  });
});
