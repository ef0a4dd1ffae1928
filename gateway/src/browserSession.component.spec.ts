import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LOGIN_FLOW_MS, SESSION_ABSOLUTE_MS, SESSION_IDLE_MS } from './limits.ts';
import { CLIENT_ID, type FakeProvider, startFakeProvider } from './testing/fakeProvider.ts';
import { startTestGateway, type TestGateway } from './testing/testGateway.ts';

const OURS = { 'sec-fetch-site': 'same-origin', 'parvis-csrf': '1' };
const BACKCHANNEL = { 'http://schemas.openid.net/event/backchannel-logout': {} };

let provider: FakeProvider;
let test: TestGateway;
let offsetMs = 0;
beforeEach(async () => {
  offsetMs = 0;
  provider = await startFakeProvider();
  test = await startTestGateway({
    oidc: { issuer: provider.issuer, clientId: CLIENT_ID },
    clock: { now: () => new Date(Date.now() + offsetMs), after: () => () => undefined },
  });
});
afterEach(async () => {
  await test.stop();
  await provider.stop();
});

const cookieOf = (response: Response, name: string): string | undefined =>
  response.headers
    .getSetCookie()
    .find((cookie) => cookie.startsWith(name))
    ?.split(';')[0];

/** Follows a sign-in up to the callback, without making it. */
const begin = async (path = '/auth/login') => {
  const start = await test.ask('GET', path, { anonymous: true });
  expect(start.status).toBe(303);
  const atProvider = await fetch(start.headers.get('location') as string, { redirect: 'manual' });
  const callback = new URL(atProvider.headers.get('location') as string);
  return { flowCookie: cookieOf(start, 'parvis-login') as string, callback, authorize: new URL(start.headers.get('location') as string) };
};

const signIn = async (path?: string, cookie?: string) => {
  const { flowCookie, callback } = await begin(path);
  const cookies = [flowCookie, cookie].filter(Boolean).join('; ');
  const response = await test.ask('GET', `${callback.pathname}${callback.search}`, { anonymous: true, headers: { cookie: cookies } });
  return { response, cookie: cookieOf(response, 'parvis=') as string };
};

const me = (cookie: string) => test.ask('GET', '/api/v1/me', { anonymous: true, headers: { cookie } });

describe('sign-in', () => {
  it('goes by code, PKCE, state and nonce into a session behind an HttpOnly cookie', async () => {
    const { authorize } = await begin();
    expect(Object.fromEntries(authorize.searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      client_id: CLIENT_ID,
      state: expect.any(String),
      nonce: expect.any(String),
    });
    const { response, cookie } = await signIn('/auth/login?returnTo=/groups/x');
    expect(response.headers.get('location')).toBe('/groups/x');
    const set = response.headers.getSetCookie().find((each) => each.startsWith('parvis=')) as string;
    expect(set).toMatch(/HttpOnly; SameSite=Lax; Max-Age=604800/);
    expect(await (await me(cookie)).json()).toMatchObject({ card: { id: 'annaa' } });
    expect(test.services.asked.find(({ method }) => method === 'signIn')?.request).toMatchObject({
      email: 'anna@host.example',
      emailVerified: true,
      givenName: 'Given',
    });
  });

  it('keeps neither the secret nor the tokens in clear', async () => {
    const { cookie } = await signIn();
    const [session] = test.sessions.all();
    expect(session?.id).not.toBe(cookie.split('=')[1]);
    expect(JSON.stringify(session)).not.toMatch(/token-anna/);
  });

  it('carries an invitation to identity', async () => {
    await signIn('/auth/login?invitation=aGoodSecret');
    expect(test.services.asked.find(({ method }) => method === 'signIn')?.request).toMatchObject({ invitationSecret: 'aGoodSecret' });
  });

  it('says in words why identity refused, and begins no session', async () => {
    const { response, cookie } = await signIn('/auth/login?invitation=refusedSecret');
    expect(response.headers.get('location')).toBe('/?problem=invitation.other-address');
    expect(cookie).toBeUndefined();
    expect(test.sessions.all()).toEqual([]);
  });

  it('begins under a new secret and ends the session from before', async () => {
    const first = await signIn();
    const second = await signIn(undefined, first.cookie);
    expect(second.cookie).not.toBe(first.cookie);
    expect((await me(first.cookie)).status).toBe(401);
    expect((await me(second.cookie)).status).toBe(200);
    expect(test.sessions.all().length).toBe(1);
  });

  const attempt = (callback: URL, cookie: string | undefined) =>
    test.ask('GET', `${callback.pathname}${callback.search}`, { anonymous: true, headers: cookie ? { cookie } : {} });
  const refused = async (response: Response) => {
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toMatch(/^\/\?problem=/);
    expect(cookieOf(response, 'parvis=')).toBeUndefined();
    expect(test.sessions.all()).toEqual([]);
  };

  it('refuses a callback of another browser, another state, another flow, a used code', async () => {
    const { flowCookie, callback } = await begin();
    const other = await begin();
    await refused(await attempt(callback, undefined));
    await refused(await attempt(callback, other.flowCookie));
    const changed = new URL(callback);
    changed.searchParams.set('state', 'x'.repeat(43));
    await refused(await attempt(changed, flowCookie));
    const swapped = new URL(callback);
    swapped.searchParams.set('code', other.callback.searchParams.get('code') as string);
    await refused(await attempt(swapped, flowCookie));
    const foreign = new URL(callback);
    foreign.searchParams.set('iss', 'https://evil.example');
    await refused(await attempt(foreign, flowCookie));
    offsetMs = LOGIN_FLOW_MS + 1;
    await refused(await attempt(callback, flowCookie));
  });

  it.each([
    ['another nonce', { nonce: 'other' }],
    ['another audience', { aud: 'someone-else' }],
    ['an old id token', { exp: 1 }],
  ])('refuses an id token with %s', async (_name, claims) => {
    provider.claims = claims;
    const { flowCookie, callback } = await begin();
    await refused(await attempt(callback, flowCookie));
  });

  it('asks again after the provider was away', async () => {
    provider.away = true;
    const { flowCookie, callback } = await begin();
    await refused(await attempt(callback, flowCookie));
    provider.away = false;
    expect((await me((await signIn()).cookie)).status).toBe(200);
  });
});

describe('a session', () => {
  it('needs our header and a same-origin request for every change', async () => {
    const { cookie } = await signIn();
    const publish = (headers: Record<string, string>) =>
      test.ask('POST', '/api/v1/groups/groupa/posts', { anonymous: true, body: { body: 'x' }, headers: { cookie, ...headers } });
    for (const headers of [
      {},
      { 'parvis-csrf': '1' },
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'same-site', 'parvis-csrf': '1' },
      { 'sec-fetch-site': 'cross-site', 'parvis-csrf': '1', origin: 'http://localhost:8080' },
      { origin: 'https://evil.example', 'parvis-csrf': '1' },
      { origin: 'null', 'parvis-csrf': '1' },
    ]) {
      const response = await publish(headers);
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: 'csrf' });
    }
    expect((await publish(OURS)).status).toBe(201);
    expect((await publish({ origin: 'http://localhost:8080', 'parvis-csrf': '1' })).status).toBe(201);
  });

  it('refreshes its tokens once for many requests, and rotates the refresh token', async () => {
    provider.accessSeconds = 20;
    const { cookie } = await signIn();
    provider.accessSeconds = 300;
    const answers = await Promise.all(Array.from({ length: 8 }, () => me(cookie)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(provider.refreshes.length).toBe(1);
    expect((await me(cookie)).status).toBe(200);
    expect(provider.refreshes.length).toBe(1);
  });

  it('ends when the provider refuses to refresh', async () => {
    provider.accessSeconds = 20;
    const { cookie } = await signIn();
    await me(cookie);
    provider.claims = { sub: 'bert' };
    expect((await me(cookie)).status).toBe(401);
    expect(test.sessions.all()).toEqual([]);
  });

  it('goes on with its tokens while the provider is away, and answers 503 when they ended', async () => {
    provider.accessSeconds = 20;
    const { cookie } = await signIn();
    provider.away = true;
    expect((await me(cookie)).status).toBe(200);
    offsetMs = 30_000;
    expect((await me(cookie)).status).toBe(503);
    provider.away = false;
    expect((await me(cookie)).status).toBe(200);
  });

  it('ends after its idle time and after its whole time', async () => {
    const { cookie } = await signIn();
    offsetMs = SESSION_IDLE_MS - 1_000;
    expect((await me(cookie)).status).toBe(200);
    offsetMs = 2 * SESSION_IDLE_MS;
    expect((await me(cookie)).status).toBe(401);
    offsetMs = 0;
    const second = await signIn();
    for (let at = 0; at < SESSION_ABSOLUTE_MS; at += SESSION_IDLE_MS - 60_000) {
      offsetMs = at;
      expect((await me(second.cookie)).status).toBe(200);
    }
    offsetMs = SESSION_ABSOLUTE_MS;
    expect((await me(second.cookie)).status).toBe(401);
  });

  it('is listed among the devices, and can be ended from another', async () => {
    const [one, two] = [await signIn(), await signIn()];
    const list = await test.ask('GET', '/api/v1/me/sessions', { anonymous: true, headers: { cookie: one.cookie } });
    const { items } = (await list.json()) as { items: { id: string; current: boolean; userAgent: string }[] };
    expect(items.map(({ current }) => current)).toEqual([true, false]);
    const other = items[1]?.id as string;
    const stranger = await test.ask('DELETE', `/api/v1/me/sessions/${other}`, { headers: { authorization: 'Bearer token-bert' } });
    expect(stranger.status).toBe(404);
    const ended = await test.ask('DELETE', `/api/v1/me/sessions/${other}`, { anonymous: true, headers: { cookie: one.cookie, ...OURS } });
    expect(ended.status).toBe(204);
    expect((await me(two.cookie)).status).toBe(401);
    expect((await me(one.cookie)).status).toBe(200);
  });

  it('ends by sign-out, which leads to the provider', async () => {
    const { cookie } = await signIn();
    const without = await test.ask('POST', '/auth/logout', { anonymous: true, headers: { cookie } });
    expect(without.status).toBe(403);
    const response = await test.ask('POST', '/auth/logout', { anonymous: true, headers: { cookie, ...OURS } });
    const { redirectTo } = (await response.json()) as { redirectTo: string };
    expect(redirectTo).toMatch(`${provider.issuer}/logout?`);
    expect(new URL(redirectTo).searchParams.get('id_token_hint')).toBeTruthy();
    expect(cookieOf(response, 'parvis=')).toBe('parvis=');
    expect((await me(cookie)).status).toBe(401);
  });
});

describe('live streams of a session', () => {
  const endOf = async (response: Response): Promise<void> => {
    for await (const _chunk of response.body as ReadableStream<Uint8Array>);
  };
  const live = (cookie: string) => test.ask('GET', '/api/v1/live', { anonymous: true, headers: { cookie } });

  it('end with the sign-out', async () => {
    const [one, other] = [await signIn(), await signIn()];
    const stream = await live(one.cookie);
    const kept = await live(other.cookie);
    await test.ask('POST', '/auth/logout', { anonymous: true, headers: { cookie: one.cookie, ...OURS } });
    await endOf(stream);
    expect(test.services.live.open()).toBe(1);
    await kept.body?.cancel();
  });

  it('end with the logout at the provider', async () => {
    const stream = await live((await signIn()).cookie);
    const token = await provider.logoutToken({ sub: 'anna', sid: 'sid-anna', events: BACKCHANNEL });
    const body = new URLSearchParams({ logout_token: token }).toString();
    await test.ask('POST', '/auth/backchannel-logout', {
      anonymous: true,
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    await endOf(stream);
  });

  it('end with the access token', async () => {
    provider.accessSeconds = 31;
    const { cookie } = await signIn();
    offsetMs = -500;
    const stream = await live(cookie);
    expect(stream.status).toBe(200);
    const context = test.services.asked.find(({ method }) => method === 'live')?.context;
    expect((context?.deadlineMs ?? 0) - Date.now()).toBeLessThanOrEqual(31_000);
    await stream.body?.cancel();
  });
});

describe('back-channel logout', () => {
  const send = (token: string) =>
    test.ask('POST', '/auth/backchannel-logout', {
      anonymous: true,
      body: new URLSearchParams({ logout_token: token }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });

  it('ends the sessions it names, once', async () => {
    const { cookie } = await signIn();
    const other = await provider.logoutToken({ sub: 'anna', sid: 'another', events: BACKCHANNEL });
    expect((await send(other)).status).toBe(200);
    expect((await me(cookie)).status).toBe(200);
    const token = await provider.logoutToken({ sub: 'anna', sid: 'sid-anna', events: BACKCHANNEL });
    expect((await send(token)).status).toBe(200);
    expect((await me(cookie)).status).toBe(401);
    expect((await send(token)).status).toBe(400);
  });

  it('refuses tokens that are none', async () => {
    const { cookie } = await signIn();
    const tokens = [
      'x',
      await provider.logoutToken({ sub: 'anna' }),
      await provider.logoutToken({ sub: 'anna', events: BACKCHANNEL, nonce: 'n' }),
      await provider.logoutToken({ sub: 'anna', events: BACKCHANNEL, aud: 'other' }),
      await provider.logoutToken({ sub: 'anna', events: BACKCHANNEL }, 'https://evil.example'),
      await provider.logoutToken({ events: BACKCHANNEL }),
    ];
    for (const token of tokens) {
      const response = await send(token);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ fields: [{ field: 'logout_token' }] });
    }
    expect((await me(cookie)).status).toBe(200);
  });
});
