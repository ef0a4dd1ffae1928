import { describe, expect, it } from '@jest/globals';
import { PersonKind, PersonRegistered, PersonRole } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import fc from 'fast-check';
import { evolvePerson, NOBODY, type PersonChange, type PersonState, usesClaim } from './person.ts';
import { ACCOUNTS_LIMIT, type PersonCommand, personDecider } from './personDecisions.ts';
import { cleanProfile, fittingName, LANGUAGES_LIMIT, PROFILE_LIMITS, TEXT_ATTRIBUTES } from './profileAttributes.ts';

const registration = (change: Partial<PersonRegistered> = {}): PersonRegistered =>
  PersonRegistered.fromPartial({
    kind: PersonKind.EMPLOYEE,
    organisationId: 'host',
    profile: { givenName: 'Ada', familyName: 'Lovelace', languages: [] },
    email: 'ada@example.com',
    emailClaim: 'e1',
    handle: 'ada',
    handleClaim: 'h1',
    ...change,
  });
const partner = (change: Partial<PersonRegistered> = {}) => registration({ kind: PersonKind.PARTNER, sponsorId: 'sponsor', ...change });

const fold = (events: readonly PersonChange[], from: PersonState = NOBODY): PersonState => events.reduce(evolvePerson, from);
const after = (commands: readonly PersonCommand[]): PersonState =>
  commands.reduce((state, command) => fold(personDecider.decide(state, command), state), NOBODY);
const employee = (...more: PersonCommand[]): PersonState => after([{ kind: 'register', registration: registration() }, ...more]);
const administrator = (): PersonState => after([{ kind: 'register', registration: registration({ roles: [PersonRole.ADMINISTRATOR] }) }]);
const erased = (contributions = false): PersonState => employee({ kind: 'erase', contributions, by: 'x', others: true });
const codeOf = (state: PersonState, command: PersonCommand): string => {
  try {
    return `${personDecider.decide(state, command).length} events`;
  } catch (error) {
    return isParvisError(error) ? error.code : String(error);
  }
};

/** One of each wish, with values that would change something. */
const wishes: readonly PersonCommand[] = [
  { kind: 'register', registration: registration() },
  { kind: 'changeProfile', profile: { title: 'Countess', languages: [] }, managed: [], by: 'x' },
  { kind: 'changeEmail', email: 'a@b.example', claim: 'e2', by: 'x' },
  { kind: 'changeHandle', handle: 'lovelace', claim: 'h2', by: 'x' },
  { kind: 'changeRoles', roles: [PersonRole.MODERATOR], by: 'x', others: true },
  { kind: 'suspend', reason: '', by: 'x', others: true },
  { kind: 'reactivate', by: 'x' },
  { kind: 'link', account: { issuer: 'i', subject: 's' } },
  { kind: 'unlink', account: { issuer: 'i', subject: 's' } },
  { kind: 'changeSponsor', sponsorId: 'other', by: 'x' },
  { kind: 'changeExpiry', expiresAt: new Date(1), by: 'x' },
  { kind: 'loseClaim', claim: 'e9' },
];

describe('a person', () => {
  it('is registered once, as a member at least', () => {
    const state = employee();
    expect(state).toMatchObject({ status: 'active', roles: [PersonRole.MEMBER], claims: ['e1', 'h1'], email: 'ada@example.com' });
    expect(codeOf(state, { kind: 'register', registration: registration() })).toBe('person.exists');
  });

  it('needs a kind, and as an employee has neither sponsor nor end', () => {
    expect(codeOf(NOBODY, { kind: 'register', registration: registration({ kind: PersonKind.UNSPECIFIED }) })).toBe('invalid');
    expect(codeOf(NOBODY, { kind: 'register', registration: registration({ sponsorId: 's' }) })).toBe('person.not-partner');
    expect(codeOf(NOBODY, { kind: 'register', registration: registration({ expiresAt: new Date(1) }) })).toBe('person.not-partner');
    for (const kind of ['changeSponsor', 'changeExpiry']) {
      expect(codeOf(employee(), wishes.find((wish) => wish.kind === kind) as PersonCommand)).toBe('person.not-partner');
    }
  });

  it('does what is wished, and nothing the second time', () => {
    for (const wish of wishes) {
      if (wish.kind === 'register' || wish.kind === 'loseClaim') continue;
      const base =
        wish.kind === 'changeSponsor' || wish.kind === 'changeExpiry' ? after([{ kind: 'register', registration: partner() }]) : employee();
      const before: PersonCommand[] =
        wish.kind === 'reactivate'
          ? [{ kind: 'suspend', reason: '', by: 'x', others: true }]
          : wish.kind === 'unlink'
            ? [{ kind: 'link', account: { issuer: 'i', subject: 's' } }]
            : [];
      const ready = before.reduce((state, command) => fold(personDecider.decide(state, command), state), base);
      const events = personDecider.decide(ready, wish);
      expect([wish.kind, events.length]).toEqual([wish.kind, 1]);
      expect([wish.kind, personDecider.decide(fold(events, ready), wish)]).toEqual([wish.kind, []]);
    }
  });

  it('refuses every wish once erased or abandoned', () => {
    const abandoned = fold([{ $case: 'personAbandoned', value: { claim: 'e1' } }]);
    for (const wish of wishes) {
      expect(codeOf(erased(), wish)).toBe(wish.kind === 'register' ? 'person.exists' : 'person.erased');
      expect(codeOf(abandoned, wish)).toBe(wish.kind === 'register' ? 'person.abandoned' : 'person.unknown');
      if (wish.kind !== 'register') expect(codeOf(NOBODY, wish)).toBe('person.unknown');
    }
    expect(codeOf(abandoned, { kind: 'erase', contributions: false, by: 'x', others: true })).toBe('person.unknown');
  });

  it('can have the contributions erased after the rest, once', () => {
    const again: PersonCommand = { kind: 'erase', contributions: true, by: 'x', others: true };
    expect(personDecider.decide(erased(), { ...again, contributions: false })).toEqual([]);
    expect(personDecider.decide(erased(), again)).toHaveLength(1);
    expect(personDecider.decide(erased(true), again)).toEqual([]);
    expect(fold(personDecider.decide(erased(), again), erased())).toMatchObject({ status: 'erased', contributionsErased: true });
  });

  it('stays when nobody else administers the network', () => {
    const going: PersonCommand[] = [
      { kind: 'changeRoles', roles: [], by: 'x', others: false },
      { kind: 'suspend', reason: '', by: 'x', others: false },
      { kind: 'erase', contributions: false, by: 'x', others: false },
    ];
    for (const wish of going) {
      expect(codeOf(administrator(), wish)).toBe('person.last-administrator');
      expect(codeOf(administrator(), { ...wish, others: true } as PersonCommand)).toBe('1 events');
    }
    const suspended = fold(personDecider.decide(administrator(), { kind: 'suspend', reason: '', by: 'x', others: true }), administrator());
    expect(codeOf(suspended, going[0] as PersonCommand)).toBe('1 events');
    expect(
      codeOf(administrator(), { kind: 'changeRoles', roles: [PersonRole.MODERATOR, PersonRole.ADMINISTRATOR], by: 'x', others: false }),
    ).toBe('1 events');
  });

  it('holds no role as a partner, and always has a sponsor', () => {
    for (const roles of [[PersonRole.MODERATOR], [PersonRole.ADMINISTRATOR]]) {
      expect(codeOf(NOBODY, { kind: 'register', registration: partner({ roles }) })).toBe('person.partner-role');
      expect(codeOf(after([{ kind: 'register', registration: partner() }]), { kind: 'changeRoles', roles, by: 'x', others: true })).toBe(
        'person.partner-role',
      );
    }
    expect(codeOf(NOBODY, { kind: 'register', registration: partner({ sponsorId: '' }) })).toBe('person.sponsor-missing');
    expect(codeOf(after([{ kind: 'register', registration: partner() }]), { kind: 'changeSponsor', sponsorId: '', by: 'x' })).toBe(
      'person.sponsor-missing',
    );
    expect(codeOf(employee(), { kind: 'changeRoles', roles: [-1 as PersonRole], by: 'x', others: true })).toBe('invalid');
  });

  it('edits what the company does not manage', () => {
    const change = (profile: Parameters<typeof cleanProfile>[0]): PersonCommand => ({
      kind: 'changeProfile',
      profile: cleanProfile(profile),
      managed: ['department', 'languages'],
      by: 'x',
    });
    expect(codeOf(employee(), change({ title: 'x', languages: [] }))).toBe('1 events');
    expect(codeOf(employee(), change({ title: 'x', department: 'y', languages: [] }))).toBe('person.managed-attribute');
    expect(codeOf(employee(), change({ languages: ['fr'], languagesSet: true }))).toBe('person.managed-attribute');
    // Saying what already holds edits nothing.
    expect(codeOf(employee(), change({ department: '', languages: [] }))).toBe('0 events');
  });

  it('records of a change only what is new', () => {
    const events = personDecider.decide(employee(), {
      kind: 'changeProfile',
      profile: cleanProfile({ givenName: 'Ada', title: ' Countess ', languages: ['en'], languagesSet: true }),
      managed: [],
      by: 'x',
    });
    expect(events).toEqual([
      { $case: 'personProfileChanged', value: { profile: { title: 'Countess', languages: ['en'], languagesSet: true }, by: 'x' } },
    ]);
  });

  it('signs in with so many accounts and no more', () => {
    const links = Array.from(
      { length: ACCOUNTS_LIMIT },
      (_, nth): PersonCommand => ({ kind: 'link', account: { issuer: 'i', subject: `${nth}` } }),
    );
    const full = employee(...links);
    expect(full.accounts).toHaveLength(ACCOUNTS_LIMIT);
    expect(codeOf(full, { kind: 'link', account: { issuer: 'i', subject: 'more' } })).toBe('person.accounts');
  });

  it('uses its current names only, and none once erased', () => {
    const changed = employee({ kind: 'changeHandle', handle: 'lovelace', claim: 'h2', by: 'x' });
    expect([usesClaim(changed, 'h1'), usesClaim(changed, 'h2'), usesClaim(changed, 'e1')]).toEqual([false, true, true]);
    expect(changed.claims).toEqual(['e1', 'h1', 'h2']);
    expect(usesClaim(erased(), 'e1')).toBe(false);
    expect(erased().claims).toEqual(['e1', 'h1']);
  });

  it('never loses the last administrator, whatever is wished in whatever order', () => {
    const wish = fc.record({ who: fc.nat(2), what: fc.constantFrom('promote', 'demote', 'suspend', 'reactivate', 'erase') });
    fc.assert(
      fc.property(fc.array(wish, { maxLength: 40 }), (steps) => {
        const people = [administrator(), employee(), employee()];
        const active = (at: number) => people[at]?.status === 'active' && people[at].roles.includes(PersonRole.ADMINISTRATOR);
        for (const { who, what } of steps) {
          const others = [0, 1, 2].some((at) => at !== who && active(at));
          const roles = what === 'promote' ? [PersonRole.ADMINISTRATOR] : [];
          const command: PersonCommand =
            what === 'suspend'
              ? { kind: 'suspend', reason: '', by: 'x', others }
              : what === 'reactivate'
                ? { kind: 'reactivate', by: 'x' }
                : what === 'erase'
                  ? { kind: 'erase', contributions: false, by: 'x', others }
                  : { kind: 'changeRoles', roles, by: 'x', others };
          const state = people[who] as PersonState;
          if (/events$/.test(codeOf(state, command))) people[who] = fold(personDecider.decide(state, command), state);
          expect([0, 1, 2].some(active)).toBe(true);
        }
      }),
    );
  });
});

describe('a profile', () => {
  const refused = (profile: Parameters<typeof cleanProfile>[0]): string => {
    try {
      cleanProfile(profile);
      return 'fine';
    } catch (error) {
      return isParvisError(error) ? (error.fields[0]?.field ?? error.code) : String(error);
    }
  };

  it('keeps absent what was absent, and cleans the rest', () => {
    expect(cleanProfile(undefined)).toEqual({ languages: [] });
    expect(cleanProfile({ about: ' one\r\ntwo ', title: ' e\u0301 ', languages: ['fr'] })).toEqual({
      about: 'one\ntwo',
      title: 'é',
      languages: [],
    });
  });

  it('has a limit for every text', () => {
    for (const name of TEXT_ATTRIBUTES) {
      const most = name === 'language' ? 'fr' : 'x'.repeat(PROFILE_LIMITS[name]);
      expect([name, refused({ [name]: most, languages: [] })]).toEqual([name, 'fine']);
      expect(refused({ [name]: `${most}x`, languages: [] })).toBe(`profile.${name}`);
    }
  });

  it('takes the names a provider says, made to fit', () => {
    expect(fittingName(' Ada\r\n\u202eLovelace ')).toBe('Ada   Lovelace');
    const long = fittingName('\u{1F600}'.repeat(200));
    expect(refused({ givenName: long, languages: [] })).toBe('fine');
    expect(long.isWellFormed()).toBe(true);
  });

  it('refuses what hides in text, unknown languages and too many', () => {
    expect(refused({ givenName: 'a\nb', languages: [] })).toBe('profile.givenName');
    expect(refused({ displayName: 'a\u202eb', languages: [] })).toBe('profile.displayName');
    expect(refused({ about: 'a\u0000b', languages: [] })).toBe('profile.about');
    expect(refused({ language: 'de', languages: [] })).toBe('profile.language');
    expect(refused({ languages: ['not a tag'], languagesSet: true })).toBe('profile.languages');
    const many = Array.from({ length: LANGUAGES_LIMIT + 1 }, (_, nth) => `x${String.fromCharCode(97 + nth)}`);
    expect(refused({ languages: many, languagesSet: true })).toBe('profile.languages');
    expect(refused({ languages: many.slice(1), languagesSet: true })).toBe('fine');
  });
});
