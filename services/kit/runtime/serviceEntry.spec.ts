import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PersonFacts } from '@parvis/access/src/facts.ts';
import type { AccessFacts } from '../facts/accessFacts.ts';
import type { VerifiedToken } from '../ports/tokenVerifier.ts';
import { createManualClock, type ManualClock } from '../testing/manualClock.ts';
import { unauthenticated } from './errors.ts';
import type { CallContext, Credential } from './rpc.ts';
import { createServiceEntry, type ServiceEntry } from './serviceEntry.ts';

const contextOf = (credential: Credential): CallContext => ({
  credential,
  deadlineMs: 0,
  tokens: [],
  traceparent: '',
  signal: new AbortController().signal,
  reply: { stale: false },
});
const bearer = (token: string): CallContext => contextOf({ kind: 'bearer', token });

describe('entering a service', () => {
  let clock: ManualClock;
  let person: PersonFacts;
  let organisation:
    | { id: string; host: boolean; state: 'active' | 'suspended' | 'ended'; sponsorId: string; expiresAtMs?: number }
    | undefined;
  let linked: string | undefined;
  let fresh: boolean;
  let verified: string[];
  let waited: number;
  let entry: ServiceEntry;

  beforeEach(() => {
    clock = createManualClock();
    person = { id: 'p', kind: 'employee', status: 'active', roles: ['member'], organisationId: 'o', sponsorId: '' };
    organisation = { id: 'o', host: true, state: 'active', sponsorId: '' };
    [linked, fresh, verified, waited] = ['p', true, [], 0];
    const facts = {
      personIdByAccount: async (issuer: string, subject: string) => (issuer === 'idp' && subject === 's' ? linked : undefined),
      viewer: async () => ({ kind: 'person', person, organisation, sponsor: undefined }),
    } as unknown as AccessFacts;
    const verify = async (token: string): Promise<VerifiedToken> => {
      verified.push(token);
      if (token === 'bad') throw unauthenticated('token.invalid', 'no');
      return {
        issuer: 'idp',
        subject: token === 'other' ? 'x' : 's',
        authorisedParty: '',
        scopes: [],
        expiresAt: new Date(clock.now().getTime() + 60_000),
        client: false,
        providerRoles: [],
      };
    };
    entry = createServiceEntry({
      verifier: { verify, close: async () => undefined },
      facts,
      clock,
      async waitForTokens() {
        waited += 1;
      },
      factsFresh: () => fresh,
    });
  });

  it('makes a viewer of a verified token, and waits for the tokens of the call', async () => {
    expect(await entry.enter(bearer('good'))).toEqual({
      viewer: { kind: 'person', person, organisation, sponsor: undefined },
      personId: 'p',
      nowMs: clock.now().getTime(),
    });
    expect(waited).toBe(1);
  });

  it('remembers a verified token until it expires, and never a refused one', async () => {
    await entry.enter(bearer('good'));
    clock.advance(59_999);
    await entry.enter(bearer('good'));
    expect(verified).toEqual(['good']);
    clock.advance(1);
    await entry.enter(bearer('good'));
    expect(verified).toEqual(['good', 'good']);
    for (let nth = 0; nth < 2; nth++) await expect(entry.enter(bearer('bad'))).rejects.toMatchObject({ kind: 'unauthenticated' });
    expect(verified).toHaveLength(4);
  });

  it('asks facts at every call, whatever the token said before', async () => {
    await entry.enter(bearer('good'));
    person = { ...person, status: 'suspended' };
    await expect(entry.enter(bearer('good'))).rejects.toMatchObject({ kind: 'forbidden', code: 'account.inactive' });
  });

  it.each<[string, () => void]>([
    ['suspended', () => Object.assign(person, { status: 'suspended' })],
    ['invited', () => Object.assign(person, { status: 'invited' })],
    ['erased', () => Object.assign(person, { status: 'erased' })],
    ['abandoned', () => Object.assign(person, { status: 'abandoned' })],
    ['expired', () => Object.assign(person, { expiresAtMs: clock.now().getTime() })],
    ['of no organisation', () => (organisation = undefined)],
    ['of a suspended organisation', () => Object.assign(organisation as object, { state: 'suspended' })],
    ['of an ended organisation', () => Object.assign(organisation as object, { state: 'ended' })],
    ['of an expired organisation', () => Object.assign(organisation as object, { expiresAtMs: clock.now().getTime() })],
  ])('refuses who is %s', async (_what, change) => {
    change();
    await expect(entry.enter(bearer('good'))).rejects.toMatchObject({ kind: 'forbidden', code: 'account.inactive' });
  });

  it('refuses a valid token that nobody is linked to, and every other credential', async () => {
    await expect(entry.enter(bearer('other'))).rejects.toMatchObject({ kind: 'unauthenticated', code: 'account.unknown' });
    linked = undefined;
    await expect(entry.enter(bearer('good'))).rejects.toMatchObject({ kind: 'unauthenticated', code: 'account.unknown' });
    for (const credential of [{ kind: 'anonymous' }, { kind: 'service', service: 'post' }] as const) {
      await expect(entry.enter(contextOf(credential))).rejects.toMatchObject({ kind: 'unauthenticated' });
    }
  });

  it('refuses partners for a while when facts are too old', async () => {
    fresh = false;
    await expect(entry.enter(bearer('good'))).resolves.toMatchObject({ personId: 'p' });
    person = { ...person, kind: 'partner' };
    await expect(entry.enter(bearer('good'))).rejects.toMatchObject({ kind: 'unavailable', code: 'access.stale' });
    fresh = true;
    await expect(entry.enter(bearer('good'))).resolves.toMatchObject({ personId: 'p' });
  });

  it('lets in the services that are named, and no others', async () => {
    const by = (service: string) => contextOf({ kind: 'service', service });
    expect(await entry.enterService(by('gateway'), ['gateway', 'post'])).toBe('gateway');
    await expect(entry.enterService(by('search'), ['gateway'])).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(entry.enterService(bearer('good'), ['gateway'])).rejects.toMatchObject({ kind: 'unauthenticated' });
    await expect(entry.enterService(contextOf({ kind: 'anonymous' }), ['gateway'])).rejects.toMatchObject({ kind: 'unauthenticated' });
  });
});
