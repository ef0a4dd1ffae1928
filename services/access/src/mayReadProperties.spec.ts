import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import type { GroupFacts, MembershipFacts, OrganisationFacts, PersonFacts } from './facts.ts';
import { type Item, isActive, mayRead, type PersonViewer } from './mayRead.ts';

/** Whatever the facts: what must hold of every answer. Times lie around now, so that expiry is on both sides. */
const NOW = 1000;
const time = fc.option(fc.integer({ min: NOW - 2, max: NOW + 2 }), { nil: undefined });
const optional = <T extends object>(name: string, value: fc.Arbitrary<number | undefined>, rest: fc.Arbitrary<T>) =>
  fc.tuple(rest, value).map(([facts, at]) => (at === undefined ? facts : { ...facts, [name]: at }) as T);

const person: fc.Arbitrary<PersonFacts> = optional(
  'expiresAtMs',
  time,
  fc.record({
    id: fc.constantFrom('a', 'b'),
    kind: fc.constantFrom('employee', 'partner'),
    status: fc.constantFrom('active', 'active', 'active', 'invited', 'suspended', 'erased', 'abandoned'),
    roles: fc.constantFrom(['member'], ['member', 'moderator'], ['member', 'administrator']),
    organisationId: fc.constant('o'),
    sponsorId: fc.constant('s'),
  } as const) as fc.Arbitrary<PersonFacts>,
);
const organisation: fc.Arbitrary<OrganisationFacts> = optional(
  'expiresAtMs',
  time,
  fc.record({
    id: fc.constant('o'),
    host: fc.boolean(),
    state: fc.constantFrom('active', 'active', 'active', 'suspended', 'ended'),
    sponsorId: fc.constant('s'),
  } as const) as fc.Arbitrary<OrganisationFacts>,
);
const group: fc.Arbitrary<GroupFacts> = fc.record({
  id: fc.constant('g'),
  privacy: fc.constantFrom('open', 'restricted', 'hidden'),
  admitsPartners: fc.boolean(),
  archived: fc.boolean(),
} as const) as fc.Arbitrary<GroupFacts>;
const membership: fc.Arbitrary<MembershipFacts | undefined> = fc.option(
  optional(
    'invitedUntilMs',
    time,
    fc.record({
      groupId: fc.constant('g'),
      personId: fc.constant('a'),
      state: fc.constantFrom('none', 'member', 'requested', 'invited', 'banned'),
      role: fc.constantFrom('member', 'moderator', 'owner'),
    } as const) as fc.Arbitrary<MembershipFacts>,
  ),
  { nil: undefined },
);
const viewer: fc.Arbitrary<PersonViewer> = fc.record({
  kind: fc.constant('person' as const),
  person,
  organisation: fc.option(organisation, { nil: undefined }),
  sponsor: fc.option(person, { nil: undefined }),
}) as fc.Arbitrary<PersonViewer>;
const active = viewer.filter((known) => isActive(known.person, known.organisation, NOW));

const item: fc.Arbitrary<Item> = fc.oneof(
  fc.record({ kind: fc.constantFrom('group-content', 'group-card'), group, membership, openReport: fc.boolean() } as const),
  fc.record({ kind: fc.constantFrom('person-card', 'person-profile'), person, sharesGroup: fc.boolean() } as const),
  fc.record({ kind: fc.constantFrom('directory', 'organisations', 'administration', 'reports') } as const),
  fc.record({ kind: fc.constant('own'), personId: fc.constantFrom('a', 'b') } as const),
) as fc.Arbitrary<Item>;

const content = (of: GroupFacts, own: MembershipFacts | undefined): Item => ({ kind: 'group-content', group: of, membership: own });
const runs = { numRuns: 3000 };

describe('for all facts', () => {
  it('who is not active reads nothing', () => {
    fc.assert(
      fc.property(viewer, item, (asking, wanted) => isActive(asking.person, asking.organisation, NOW) || !mayRead(asking, wanted, NOW)),
      runs,
    );
  });

  it('a member of a group reads it, a partner where partners are admitted', () => {
    fc.assert(
      fc.property(active, group, membership, (asking, of, own) => {
        if (own?.state !== 'member') return true;
        return mayRead(asking, content(of, own), NOW) === (asking.person.kind === 'employee' || of.admitsPartners);
      }),
      runs,
    );
  });

  it('who is no member reads only open groups, as an employee who is not banned', () => {
    fc.assert(
      fc.property(active, group, membership, (asking, of, own) => {
        if (own?.state === 'member') return true;
        const allowed = asking.person.kind === 'employee' && of.privacy === 'open' && own?.state !== 'banned';
        return mayRead(asking, content(of, own), NOW) === allowed;
      }),
      runs,
    );
  });

  it('who reads a group sees its card', () => {
    fc.assert(
      fc.property(
        viewer,
        group,
        membership,
        (asking, of, own) =>
          !mayRead(asking, content(of, own), NOW) || mayRead(asking, { kind: 'group-card', group: of, membership: own }, NOW),
      ),
      runs,
    );
  });

  it('a role of the network opens nothing but the reported thread, duties apart', () => {
    fc.assert(
      fc.property(viewer, item, (asking, wanted) => {
        if (wanted.kind === 'administration' || wanted.kind === 'reports') return true;
        if (wanted.kind === 'group-content' && wanted.openReport === true) return true;
        const plain: PersonViewer = { ...asking, person: { ...asking.person, roles: ['member'] } };
        return mayRead(asking, wanted, NOW) === mayRead(plain, wanted, NOW);
      }),
      runs,
    );
  });

  it('a partner reads nothing that an employee in the same place does not', () => {
    fc.assert(
      fc.property(viewer, item, (asking, wanted) => {
        const [asPartner, asEmployee] = (['partner', 'employee'] as const).map((kind) => ({
          ...asking,
          person: { ...asking.person, kind },
        }));
        return !mayRead(asPartner as PersonViewer, wanted, NOW) || mayRead(asEmployee as PersonViewer, wanted, NOW);
      }),
      runs,
    );
  });

  it('a narrower group is read by nobody who could not read the wider one, the banned apart', () => {
    fc.assert(
      fc.property(viewer, group, membership, (asking, of, own) => {
        const reads = (privacy: GroupFacts['privacy']): boolean => mayRead(asking, content({ ...of, privacy }, own), NOW);
        return (!reads('hidden') || reads('restricted')) && (!reads('restricted') || reads('open'));
      }),
      runs,
    );
  });

  it('what has ended stays ended as time goes on', () => {
    fc.assert(
      fc.property(viewer, item, (asking, wanted) => mayRead(asking, wanted, NOW) || !mayRead(asking, wanted, NOW + 1)),
      runs,
    );
  });
});
