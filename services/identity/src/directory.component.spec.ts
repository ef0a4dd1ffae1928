import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PersonKind, Profile } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { ListPeopleRequest } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import { PAGE_LIMIT } from './app/paging.ts';
import { type Command, codeOf, createIdentityNetwork, HOST_DOMAIN, type IdentityNetwork } from './testing/identityNetwork.ts';

let net: IdentityNetwork;
let admin: string;
let ada: string;
let acme: string;
let bob: string;
beforeEach(async () => {
  net = await createIdentityNetwork();
  admin = await net.administrator();
  ada = await person('ada', {
    givenName: 'Ada',
    familyName: 'Lovelace',
    title: 'Countess of Engines',
    department: 'Research',
    site: 'London',
  });
  await person('emile', { givenName: 'Émile', familyName: 'Zola', department: 'Research', site: 'Paris' });
  await person('anna', { givenName: 'Anna', familyName: 'Zimmer', department: 'Sales', site: 'Paris' });
  acme = await net.network.givenOrganisation({ name: 'Acme', sponsorId: ada });
  bob = await net.partner('bob@acme.example', acme, ada);
});
afterEach(() => net.network.close());

const person = (name: string, profile: Partial<Profile>) => net.given({ email: `${name}@${HOST_DOMAIN}`, handle: name, profile });
const list = (request: Partial<ListPeopleRequest> = {}, by = ada) =>
  net.client.listPeople(ListPeopleRequest.fromPartial(request), net.as(by));
const names = async (request: Partial<ListPeopleRequest>) => (await list(request)).people.map(({ displayName }) => displayName);
const facet = (facets: readonly { name: string; value: string; count: number }[], name: string) =>
  Object.fromEntries(facets.filter((entry) => entry.name === name).map(({ value, count }) => [value, count]));

describe('the directory', () => {
  it('lists people by name, whatever their accents', async () => {
    expect(await names({})).toEqual(['Ada Lovelace', 'Alma Admin', 'Anna Zimmer', 'Émile Zola', 'Given Family']);
  });

  it('filters, and counts what it finds', async () => {
    const all = await list();
    expect(all.total).toBe(5);
    expect(facet(all.facets, 'department')).toEqual({ Research: 2, Sales: 1 });
    expect(facet(all.facets, 'site')).toEqual({ London: 1, Paris: 2 });
    expect(facet(all.facets, 'kind')).toEqual({ employee: 4, partner: 1 });
    expect(facet(all.facets, 'organisation')).toEqual({ [net.hostId]: 4, [acme]: 1 });
    const research = await list({ department: 'Research' });
    expect([research.total, facet(research.facets, 'site')]).toEqual([2, { London: 1, Paris: 1 }]);
    expect(await names({ department: 'Research', site: 'Paris' })).toEqual(['Émile Zola']);
    expect(await names({ organisationId: acme })).toEqual(['Given Family']);
    expect(await names({ kind: PersonKind.PARTNER })).toEqual(['Given Family']);
    expect(await names({ site: 'Nowhere' })).toEqual([]);
  });

  it('finds words by how they begin, in names, handles and titles', async () => {
    expect(await names({ query: 'emil' })).toEqual(['Émile Zola']);
    expect(await names({ query: 'ÉMI zo' })).toEqual(['Émile Zola']);
    expect(await names({ query: 'z' })).toEqual(['Anna Zimmer', 'Émile Zola']);
    expect(await names({ query: 'engines' })).toEqual(['Ada Lovelace']);
    expect(await names({ query: 'zola ada' })).toEqual([]);
    expect(await names({ query: 'ngines' })).toEqual([]);
    const z = await list({ query: 'z', site: 'Paris' });
    expect([z.total, facet(z.facets, 'department')]).toEqual([2, { Research: 1, Sales: 1 }]);
    expect(await names({ query: '%_*"\\' })).toHaveLength(5);
  });

  it('goes page by page, with cursors nobody else can write', async () => {
    for (const query of ['', 'a']) {
      const whole = (await list({ query })).people.map(({ id }) => id);
      const seen: string[] = [];
      let cursor = '';
      let pages = 0;
      do {
        const page = await list({ query, cursor, limit: 2 });
        expect(page.people.length).toBeLessThanOrEqual(2);
        expect(page.total).toBe(whole.length);
        seen.push(...page.people.map(({ id }) => id));
        cursor = page.nextCursor;
        pages += 1;
      } while (cursor !== '');
      expect(seen).toEqual(whole);
      expect(pages).toBe(Math.ceil(whole.length / 2));
    }
    await expect(codeOf(list({ cursor: 'made-up' }))).resolves.toBe('invalid');
    await expect(codeOf(list({ limit: PAGE_LIMIT }))).resolves.toBe('fine');
    await expect(codeOf(list({ limit: PAGE_LIMIT + 1 }))).resolves.toBe('invalid');
  });

  it('follows changes, and lists neither the suspended nor the expired', async () => {
    await net.execute(admin, {
      $case: 'changeProfile',
      value: { personId: ada, profile: Profile.fromPartial({ department: 'Sales', managerId: admin }) },
    });
    await net.network.settled();
    expect(facet((await list()).facets, 'department')).toEqual({ Research: 1, Sales: 2 });
    expect(await names({ managerId: admin })).toEqual(['Ada Lovelace']);
    expect((await list({ managerId: admin })).total).toBe(1);
    const expiresAt = new Date(net.network.clock.now().getTime() + 3_600_000);
    await net.execute(admin, { $case: 'changePersonExpiry', value: { personId: bob, expiresAt } });
    await net.network.settled();
    expect((await list()).total).toBe(5);
    net.network.clock.advance(3_600_000);
    expect([(await list()).total, await names({ organisationId: acme })]).toEqual([4, []]);
    const all = await list({ includeInactive: true }, admin);
    expect([all.total, all.people.find(({ id }) => id === bob)?.status]).toEqual([5, 'expired']);
    await expect(codeOf(list({ includeInactive: true }))).resolves.toBe('administrator.needed');
    await expect(codeOf(net.client.getMe({}, net.as(bob)))).resolves.toBe('account.inactive');
  });

  it('lists nobody of an organisation that was suspended, until it comes back', async () => {
    await net.execute(admin, { $case: 'suspendOrganisation', value: { organisationId: acme, reason: '' } });
    await net.network.settled();
    expect([(await list()).total, await names({ organisationId: acme })]).toEqual([4, []]);
    expect((await net.client.getPerson({ personId: bob }, net.as(ada))).person?.card?.status).toBe('expired');
    await expect(codeOf(net.client.getMe({}, net.as(bob)))).resolves.toBe('account.inactive');
    await net.execute(admin, { $case: 'reactivateOrganisation', value: { organisationId: acme } });
    await net.network.settled();
    expect((await list()).total).toBe(5);
    await expect(codeOf(net.client.getMe({}, net.as(bob)))).resolves.toBe('fine');
  });
});

describe('a partner', () => {
  it('sees themself, who shares a group that admits partners, and nobody else', async () => {
    const shared = await net.network.givenGroup({ privacy: 'restricted', admitsPartners: true, owners: [ada], members: [bob] });
    expect(shared).not.toBe('');
    await net.network.givenGroup({ privacy: 'open', admitsPartners: false, owners: [admin], members: [bob] });
    await net.network.settled();
    const { cards } = await net.client.getCards({ personIds: [ada, admin, bob] }, net.as(bob));
    expect(cards.map(({ id }) => id)).toEqual([ada, bob]);
    expect(cards[0]).toMatchObject({ displayName: 'Ada Lovelace', department: '', site: '', title: 'Countess of Engines' });
    const seen = await net.client.getPerson({ personId: ada }, net.as(bob));
    expect(seen.person).toMatchObject({ profile: undefined, email: '', roles: [], reportIds: [], version: 0 });
    await expect(codeOf(net.client.getPerson({ personId: admin }, net.as(bob)))).resolves.toBe('not-found');
    await expect(codeOf(net.client.getPerson({ personId: 'z'.repeat(26) }, net.as(bob)))).resolves.toBe('not-found');
    for (const personId of [admin, 'z'.repeat(26)]) {
      await expect(codeOf(net.execute(bob, { $case: 'suspendPerson', value: { personId, reason: '' } }))).resolves.toBe('not-found');
    }
    await expect(codeOf(net.execute(bob, { $case: 'suspendPerson', value: { personId: ada, reason: '' } }))).resolves.toBe(
      'administrator.needed',
    );
    expect((await net.client.getMe({}, net.as(bob))).person).toMatchObject({ email: 'bob@acme.example', sponsorId: ada });
  });

  it('has no directory, no organisations but their own, no invitations, no audit', async () => {
    await expect(codeOf(list({}, bob))).resolves.toBe('directory.partner');
    await expect(codeOf(net.client.listOrganisations({ cursor: '', limit: 0 }, net.as(bob)))).resolves.toBe('organisations.partner');
    await expect(codeOf(net.client.getOrganisation({ organisationId: net.hostId }, net.as(bob)))).resolves.toBe('not-found');
    expect((await net.client.getOrganisation({ organisationId: acme }, net.as(bob))).organisation).toMatchObject({
      name: 'Acme',
      people: 0,
      sponsorId: '',
    });
    await expect(codeOf(net.client.listInvitations({ organisationId: '', cursor: '', limit: 0 }, net.as(bob)))).resolves.toBe(
      'invitation.employees-only',
    );
    await expect(codeOf(net.client.listAudit({ subject: '', cursor: '', limit: 0 }, net.as(bob)))).resolves.toBe('administrator.needed');
    const other = await net.network.givenOrganisation({ name: 'Other', sponsorId: ada });
    await net.network.settled();
    await expect(codeOf(net.execute(bob, { $case: 'endOrganisation', value: { organisationId: other, reason: '' } }))).resolves.toBe(
      'not-found',
    );
    await expect(codeOf(net.execute(bob, { $case: 'endOrganisation', value: { organisationId: acme, reason: '' } }))).resolves.toBe(
      'administrator.needed',
    );
  });

  it('holds no role, and keeps a sponsor who is active', async () => {
    await expect(codeOf(net.execute(admin, { $case: 'changeRoles', value: { personId: bob, roles: [3] } }))).resolves.toBe(
      'person.partner-role',
    );
    await expect(codeOf(net.execute(admin, { $case: 'changeSponsor', value: { personId: bob, sponsorId: bob } }))).resolves.toBe(
      'person.sponsor-inactive',
    );
    await expect(codeOf(net.execute(admin, { $case: 'changeSponsor', value: { personId: bob, sponsorId: admin } }))).resolves.toBe('fine');
  });
});

describe('organisations', () => {
  it('are registered by administrators with a sponsor, listed and counted', async () => {
    const wish = (more: object = {}): Command => ({
      $case: 'registerOrganisation',
      value: { name: 'Globex', sponsorId: ada, expiresAt: undefined, domains: ['globex.example'], ...more },
    });
    await expect(codeOf(net.execute(ada, wish()))).resolves.toBe('administrator.needed');
    await expect(codeOf(net.execute(admin, wish({ sponsorId: bob })))).resolves.toBe('person.sponsor-inactive');
    await expect(codeOf(net.execute(admin, wish({ domains: [HOST_DOMAIN] })))).resolves.toBe('organisation.domain-of-host');
    const { id } = await net.execute(admin, wish());
    await net.network.settled();
    const first = await net.client.listOrganisations({ cursor: '', limit: 2 }, net.as(ada));
    const second = await net.client.listOrganisations({ cursor: first.nextCursor, limit: 2 }, net.as(ada));
    const all = [...first.organisations, ...second.organisations];
    expect(all.map(({ name }) => name).slice(0, 3)).toEqual(['Acme', 'Globex', 'Host']);
    expect(all.find((organisation) => organisation.id === acme)?.people).toBe(1);
    await net.execute(admin, {
      $case: 'changeOrganisation',
      value: { organisationId: id, name: 'Globex SA', domains: [], expiresAt: new Date(net.network.clock.now().getTime() + 1000) },
    });
    await net.network.settled();
    net.network.clock.advance(1000);
    expect((await net.client.getOrganisation({ organisationId: id }, net.as(ada))).organisation).toMatchObject({
      name: 'Globex SA',
      state: 'expired',
      domains: ['globex.example'],
    });
  });
});

describe('the audit', () => {
  it('tells who did what, newest first, without personal text', async () => {
    await net.execute(admin, { $case: 'changeRoles', value: { personId: ada, roles: [2] } });
    await net.execute(admin, { $case: 'suspendPerson', value: { personId: ada, reason: 'Ada Lovelace left' } });
    await net.execute(admin, { $case: 'changeNetworkSettings', value: { networkName: 'Secret name', managedAttributes: undefined } });
    await net.network.settled();
    const entries = (await net.client.listAudit({ subject: '', cursor: '', limit: 100 }, net.as(admin))).entries;
    const times = entries.map(({ at }) => at?.getTime() ?? 0);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(JSON.stringify(entries)).not.toMatch(/Lovelace|Ada |@|Secret/);
    const about = await net.client.listAudit({ subject: `person/${ada}`, cursor: '', limit: 1 }, net.as(admin));
    expect(about.entries[0]).toMatchObject({
      type: 'parvis.identity.v1.PersonSuspended',
      actor: admin,
      subject: `person/${ada}`,
      details: {},
    });
    const rest = await net.client.listAudit({ subject: `person/${ada}`, cursor: about.nextCursor, limit: 1 }, net.as(admin));
    expect(rest.entries[0]).toMatchObject({ type: 'parvis.identity.v1.PersonRolesChanged', details: { roles: 'member,moderator' } });
    expect(entries.find(({ type }) => type.endsWith('NetworkSettingsChanged'))?.details).toEqual({ attributes: 'networkName' });
  });
});
