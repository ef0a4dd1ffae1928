import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PersonRole, Profile } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { CARDS_LIMIT } from './app/cards.ts';
import { type Command, codeOf, createIdentityNetwork, HOST_DOMAIN, type IdentityNetwork } from './testing/identityNetwork.ts';

let net: IdentityNetwork;
let admin: string;
beforeEach(async () => {
  net = await createIdentityNetwork();
  admin = await net.administrator();
});
afterEach(() => net.network.close());

const register = (email: string, more: { handle?: string; givenName?: string; familyName?: string } = {}): Command => {
  const { handle = '', ...profile } = more;
  const named = Profile.fromPartial({ givenName: 'Zoé', familyName: 'Lefèvre', ...profile });
  return { $case: 'registerPerson', value: { email, handle, profile: named, roles: [] } };
};
const changeProfile = (personId: string, profile: Partial<Profile>) =>
  ({ $case: 'changeProfile', value: { personId, profile: Profile.fromPartial(profile) } }) as const;

describe('registration', () => {
  it('makes an employee with a handle from the names, once per key', async () => {
    const first = await net.execute(admin, register(' Zoe@Host.Example '), { key: 'k' });
    const again = await net.execute(admin, register(' Zoe@Host.Example '), { key: 'k' });
    expect(again).toMatchObject({ id: first.id, version: 1, duplicate: true });
    expect(first).toMatchObject({ version: 1, duplicate: false });
    await net.network.settled();
    const { person } = await net.client.getPerson({ personId: first.id }, net.as(admin, [first.token]));
    expect(person).toMatchObject({
      card: { displayName: 'Zoé Lefèvre', handle: 'zoe.lefevre', status: 'active', organisationId: net.hostId, organisationName: 'Host' },
      email: `zoe@${HOST_DOMAIN}`,
      version: 1,
    });
    await expect(codeOf(net.execute(admin, register('other@host.example'), { key: 'k' }))).resolves.toBe('idempotency-mismatch');
  });

  it('gives namesakes handles of their own, and each address to one', async () => {
    await net.execute(admin, register('one@host.example'));
    const two = await net.execute(admin, register('two@host.example'));
    const { person } = await net.client.getPerson({ personId: two.id }, net.as(admin, [two.token]));
    expect(person?.card?.handle).toBe('zoe.lefevre2');
    await expect(codeOf(net.execute(admin, register('ONE@host.example')))).resolves.toBe('person.email-taken');
    await expect(codeOf(net.execute(admin, register('three@host.example', { handle: 'Zoe.Lefevre' })))).resolves.toBe(
      'person.handle-taken',
    );
  });

  it('of one address by two at once registers one of them', async () => {
    const results = await Promise.all(
      ['a', 'b', 'c', 'd'].map((key) =>
        codeOf(net.execute(admin, register('same@host.example', { givenName: key, familyName: key }), { key })),
      ),
    );
    expect(results.filter((code) => code === 'fine')).toHaveLength(1);
    await net.network.settled();
    expect((await net.client.listPeople(EMPTY_LIST, net.as(admin))).total).toBe(2);
    // Namesakes at once: nobody's handle stands in another's way.
    const namesakes = await Promise.all(['1', '2', '3'].map((key) => codeOf(net.execute(admin, register(`n${key}@host.example`)))));
    expect(namesakes).toEqual(['fine', 'fine', 'fine']);
  });

  it('of one address and handle by two at once registers one of them', async () => {
    for (let round = 0; round < 10; round += 1) {
      const wish = register(`twice${round}@host.example`, { handle: `twice${round}` });
      const codes = await Promise.all([codeOf(net.execute(admin, wish)), codeOf(net.execute(admin, wish))]);
      expect(codes.filter((code) => code === 'fine')).toHaveLength(1);
    }
  });

  it('is for administrators', async () => {
    const eve = await net.given({ email: 'eve@host.example' });
    await expect(codeOf(net.execute(eve, register('x@host.example')))).resolves.toBe('administrator.needed');
    await expect(
      codeOf(net.client.execute({ command: undefined, idempotencyKey: '', expectedVersion: undefined }, net.as(admin))),
    ).resolves.toBe('invalid');
  });
});

const EMPTY_LIST = {
  query: '',
  department: '',
  site: '',
  organisationId: '',
  kind: 0,
  cursor: '',
  limit: 0,
  includeInactive: false,
  managerId: '',
} as const;

describe('a profile', () => {
  it('is edited by the person but for what the company manages, and by administrators wholly', async () => {
    const ada = await net.given({ email: 'ada@host.example' });
    await net.execute(ada, changeProfile(ada, { title: 'Countess', languages: ['en', 'fr'], languagesSet: true }));
    await expect(codeOf(net.execute(ada, changeProfile(ada, { department: 'Engines' })))).resolves.toBe('person.managed-attribute');
    const written = await net.execute(admin, changeProfile(ada, { department: 'Engines' }));
    const me = await net.client.getMe({}, net.as(ada, [written.token]));
    expect(me.person).toMatchObject({ card: { title: 'Countess', department: 'Engines' }, profile: { languages: ['en', 'fr'] } });
    expect(me.person?.editable).toContain('title');
    expect(me.person?.editable).not.toContain('department');
    await net.execute(admin, { $case: 'changeNetworkSettings', value: { managedAttributes: { names: ['title', 'handle'] } } });
    await expect(codeOf(net.execute(ada, changeProfile(ada, { title: 'x' })))).resolves.toBe('person.managed-attribute');
    await expect(codeOf(net.execute(ada, { $case: 'changeHandle', value: { personId: ada, handle: 'lovelace' } }))).resolves.toBe(
      'person.managed-attribute',
    );
    await expect(codeOf(net.execute(ada, changeProfile(ada, { department: 'Poetry' })))).resolves.toBe('fine');
  });

  it('is nobody else’s, and guards its version', async () => {
    const ada = await net.given({ email: 'ada@host.example' });
    const eve = await net.given({ email: 'eve@host.example' });
    await expect(codeOf(net.execute(eve, changeProfile(ada, { title: 'x' })))).resolves.toBe('person.not-yours');
    await expect(codeOf(net.execute(eve, changeProfile('a'.repeat(26), { title: 'x' })))).resolves.toBe('not-found');
    await expect(codeOf(net.execute(eve, changeProfile('../x', { title: 'x' })))).resolves.toBe('not-found');
    await expect(codeOf(net.execute(ada, changeProfile(ada, { title: 'x' }), { expectedVersion: 1 }))).resolves.toBe('precondition-failed');
    await expect(codeOf(net.execute(ada, changeProfile(ada, { title: 'x' }), { expectedVersion: 2 }))).resolves.toBe('fine');
    const { person } = await net.client.getPerson({ personId: ada }, net.as(eve));
    expect(person).toMatchObject({ email: '', accounts: [], editable: [] });
  });

  it('names a manager who is an active employee and reports to nobody below', async () => {
    const [a, b, c] = [
      await net.given({ email: 'a@host.example' }),
      await net.given({ email: 'b@host.example' }),
      await net.given({ email: 'c@host.example' }),
    ];
    for (const [person, manager] of [
      [a, b],
      [b, c],
    ] as const) {
      await net.execute(admin, changeProfile(person, { managerId: manager }));
      await net.network.settled();
    }
    await expect(codeOf(net.execute(admin, changeProfile(c, { managerId: a })))).resolves.toBe('person.manager-cycle');
    await expect(codeOf(net.execute(admin, changeProfile(c, { managerId: c })))).resolves.toBe('person.manager-cycle');
    await expect(codeOf(net.execute(admin, changeProfile(c, { managerId: 'z'.repeat(26) })))).resolves.toBe('person.manager-inactive');
    const { person } = await net.client.getPerson({ personId: b }, net.as(a));
    expect(person?.reportIds).toEqual([a]);
  });

  it('may change its handle; the old one is free for others', async () => {
    const ada = await net.given({ email: 'ada@host.example', handle: 'ada' });
    const eve = await net.given({ email: 'eve@host.example', handle: 'eve' });
    await net.execute(ada, { $case: 'changeHandle', value: { personId: ada, handle: 'lovelace' } });
    await expect(codeOf(net.execute(eve, { $case: 'changeHandle', value: { personId: eve, handle: 'lovelace' } }))).resolves.toBe(
      'person.handle-taken',
    );
    await expect(codeOf(net.execute(eve, { $case: 'changeHandle', value: { personId: eve, handle: 'ada' } }))).resolves.toBe('fine');
    await expect(codeOf(net.execute(ada, { $case: 'changeHandle', value: { personId: ada, handle: 'ada' } }))).resolves.toBe(
      'person.handle-taken',
    );
  });

  it('has its address changed by administrators alone', async () => {
    const ada = await net.given({ email: 'ada@host.example' });
    await expect(codeOf(net.execute(ada, { $case: 'changeEmail', value: { personId: ada, email: 'new@host.example' } }))).resolves.toBe(
      'administrator.needed',
    );
    await net.execute(admin, { $case: 'changeEmail', value: { personId: ada, email: 'New@host.example' } });
    await expect(codeOf(net.execute(admin, register('new@host.example')))).resolves.toBe('person.email-taken');
    await expect(codeOf(net.execute(admin, register('ada@host.example')))).resolves.toBe('fine');
  });
});

describe('administrators', () => {
  it('never all go, even at once', async () => {
    const other = await net.administrator('other@host.example');
    const codes = await Promise.all([
      codeOf(net.execute(admin, { $case: 'changeRoles', value: { personId: admin, roles: [] } })),
      codeOf(net.execute(other, { $case: 'suspendPerson', value: { personId: other, reason: 'leaves' } })),
    ]);
    expect(codes.sort()).toEqual(['fine', 'person.last-administrator']);
  });

  it('give and take roles', async () => {
    const ada = await net.given({ email: 'ada@host.example' });
    await expect(
      codeOf(net.execute(ada, { $case: 'changeRoles', value: { personId: ada, roles: [PersonRole.ADMINISTRATOR] } })),
    ).resolves.toBe('administrator.needed');
    await net.execute(admin, { $case: 'changeRoles', value: { personId: ada, roles: [PersonRole.MODERATOR] } });
    await net.network.settled();
    expect((await net.client.getMe({}, net.as(ada))).person?.roles).toEqual([PersonRole.MEMBER, PersonRole.MODERATOR]);
    await expect(codeOf(net.execute(ada, { $case: 'suspendPerson', value: { personId: admin, reason: '' } }))).resolves.toBe(
      'administrator.needed',
    );
  });
});

describe('suspension', () => {
  it('ends access, the account and its sessions; reactivation gives them back', async () => {
    const ada = await net.given({ email: 'ada@host.example' });
    await net.execute(admin, { $case: 'suspendPerson', value: { personId: ada, reason: 'left' } });
    await net.network.settled();
    await expect(codeOf(net.client.getMe({}, net.as(ada)))).resolves.toBe('account.inactive');
    await expect(codeOf(net.signIn({ subject: ada, email: 'ada@host.example', emailVerified: true }))).resolves.toBe('account.inactive');
    const account = { issuer: 'test', subject: ada };
    const calls = () => net.network.accounts.calls.filter((call) => call.account.subject === ada).map(({ operation }) => operation);
    expect(calls().slice(-2)).toEqual(['disable', 'endSessions']);
    expect((await net.client.listPeople(EMPTY_LIST, net.as(admin))).people.map(({ id }) => id)).toEqual([admin]);
    const all = await net.client.listPeople({ ...EMPTY_LIST, includeInactive: true }, net.as(admin));
    expect(all.people.find(({ id }) => id === ada)?.status).toBe('suspended');
    await net.execute(admin, { $case: 'reactivatePerson', value: { personId: ada } });
    await net.network.settled();
    await expect(codeOf(net.client.getMe({}, net.as(ada)))).resolves.toBe('fine');
    expect(net.network.accounts.calls.at(-1)).toEqual({ operation: 'enable', account });
  });
});

describe('erasure', () => {
  it('leaves nothing to read: keys, cards, directory, names, accounts', async () => {
    const ada = await net.given({ email: 'ada@host.example', handle: 'ada', profile: { givenName: 'Ada', familyName: 'Lovelace' } });
    await net.execute(admin, { $case: 'erasePerson', value: { personId: ada, contributions: false } });
    await net.network.settled();
    const states = await net.network.vault.get([
      { personId: ada, kind: 'who' },
      { personId: ada, kind: 'contributions' },
    ]);
    expect(states.map(({ state }) => state)).toEqual(['destroyed', 'present']);
    const { cards } = await net.client.getCards({ personIds: [ada] }, net.as(admin));
    expect(cards).toEqual([expect.objectContaining({ id: ada, displayName: '', handle: '', status: 'erased' })]);
    const { person } = await net.client.getPerson({ personId: ada }, net.as(admin));
    expect(JSON.stringify(person)).not.toMatch(/Ada|Lovelace|host\.example/);
    expect((await net.client.listPeople({ ...EMPTY_LIST, query: 'lovelace', includeInactive: true }, net.as(admin))).people).toEqual([]);
    await expect(codeOf(net.client.getMe({}, net.as(ada)))).resolves.toBe('account.inactive');
    await expect(codeOf(net.signIn({ subject: ada, email: 'ada@host.example', emailVerified: true }))).resolves.toBe('account.inactive');
    const operations = net.network.accounts.calls.filter((call) => call.account.subject === ada).map(({ operation }) => operation);
    expect(operations.slice(-2)).toEqual(['endSessions', 'erase']);
    await expect(codeOf(net.execute(admin, changeProfile(ada, { title: 'x' })))).resolves.toBe('person.erased');
    const again = await net.given({ email: 'ada@host.example', handle: 'ada', key: 'another' });
    expect(again).not.toBe(ada);
  });

  it('takes the contributions when asked, later too', async () => {
    const ada = await net.given({ email: 'ada@host.example' });
    await net.execute(admin, { $case: 'erasePerson', value: { personId: ada, contributions: false } });
    await net.execute(admin, { $case: 'erasePerson', value: { personId: ada, contributions: true } });
    await net.network.settled();
    expect((await net.network.vault.get([{ personId: ada, kind: 'contributions' }]))[0]?.state).toBe('destroyed');
    await expect(codeOf(net.execute(ada, { $case: 'erasePerson', value: { personId: ada, contributions: true } }))).resolves.toBe(
      'account.inactive',
    );
  });

  it('is not for the person themself', async () => {
    const ada = await net.given({ email: 'ada@host.example' });
    await expect(codeOf(net.execute(ada, { $case: 'erasePerson', value: { personId: ada, contributions: true } }))).resolves.toBe(
      'administrator.needed',
    );
  });
});

describe('what one takes away', () => {
  it('is a document of one’s own data', async () => {
    const ada = await net.given({ email: 'ada@host.example', handle: 'ada', profile: { givenName: 'Ada', familyName: 'Lovelace' } });
    const { document } = await net.client.exportMyIdentity({}, net.as(ada));
    const said = JSON.parse(Buffer.from(document).toString('utf8'));
    expect(said).toMatchObject({
      format: 'parvis.identity.export/1',
      person: {
        id: ada,
        email: 'ada@host.example',
        handle: 'ada',
        profile: { givenName: 'Ada' },
        roles: ['PERSON_ROLE_MEMBER'],
        accounts: [{ issuer: 'test', subject: ada }],
      },
    });
    expect(said.history).toHaveLength(2);
  });
});

describe('cards', () => {
  it('omit who is unknown, and are asked in bounded numbers', async () => {
    const { cards } = await net.client.getCards({ personIds: [admin, admin, 'x'.repeat(26), '!'] }, net.as(admin));
    expect(cards.map(({ id }) => id)).toEqual([admin]);
    const ids = (count: number) => Array.from({ length: count }, () => admin);
    await expect(codeOf(net.client.getCards({ personIds: ids(CARDS_LIMIT) }, net.as(admin)))).resolves.toBe('fine');
    await expect(codeOf(net.client.getCards({ personIds: ids(CARDS_LIMIT + 1) }, net.as(admin)))).resolves.toBe('invalid');
    await expect(codeOf(net.client.getCards({ personIds: [] }, net.network.anonymous()))).resolves.toBe('token.missing');
  });
});

describe('keys', () => {
  it('are for services on the list', async () => {
    const refs = [
      { personId: admin, kind: 'who' },
      { personId: 'z'.repeat(26), kind: 'contributions' },
    ];
    const { keys } = await net.keys.getKeys({ refs }, net.network.serviceContext('post'));
    expect(keys.map(({ key, destroyed }) => [key.length, destroyed])).toEqual([
      [32, false],
      [0, false],
    ]);
    await expect(codeOf(net.keys.getKeys({ refs }, net.network.serviceContext('gateway')))).resolves.toBe('service-not-allowed');
    await expect(codeOf(net.keys.getKeys({ refs }, net.as(admin)))).resolves.toBe('service-only');
    await expect(codeOf(net.keys.getKeys({ refs: [{ personId: admin, kind: 'all' }] }, net.network.serviceContext('post')))).resolves.toBe(
      'invalid',
    );
    const many = Array.from({ length: 501 }, () => ({ personId: admin, kind: 'who' }));
    await expect(codeOf(net.keys.getKeys({ refs: many }, net.network.serviceContext('post')))).resolves.toBe('invalid');
  });
});
