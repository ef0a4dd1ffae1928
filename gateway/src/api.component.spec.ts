import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JSON_BODY_LIMIT_BYTES, PAGE_LIMIT_MAX, TOKENS_MAX } from './limits.ts';
import { ProblemDocument } from './schemas/common.ts';
import { GROUP, POST, UNKNOWN_POST } from './testing/fakeServices.ts';
import { startTestGateway, type TestGateway } from './testing/testGateway.ts';

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway();
});
afterAll(() => test.stop());

const problem = async (response: Response) => {
  expect(response.headers.get('content-type')).toMatch('application/problem+json');
  const document = ProblemDocument.parse(await response.json());
  expect(document.status).toBe(response.status);
  return document;
};

describe('who asks', () => {
  it('answers 401 without a token, with an expired one and with a foreign one', async () => {
    for (const authorization of [undefined, 'Bearer expired-anna', 'Bearer x', 'Basic YTpi', 'Bearer ']) {
      const response = await test.ask('GET', '/api/v1/me', { anonymous: true, headers: authorization ? { authorization } : {} });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch('Bearer');
      await problem(response);
    }
  });

  it('hands the token to the services as it is', async () => {
    const response = await test.ask('GET', '/api/v1/me');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ card: { id: 'annaa', displayName: 'anna Doe' }, email: 'anna@host.example' });
    expect(test.services.asked.at(-1)?.context.credential).toEqual({ kind: 'bearer', token: 'token-anna' });
  });

  it('signs a new account in once, then asks again with the token of the linking', async () => {
    test.services.unlinked.add('bert');
    test.services.asked.length = 0;
    const response = await test.ask('GET', '/api/v1/me', { headers: { authorization: 'Bearer token-bert' } });
    expect(response.status).toBe(200);
    expect(test.services.asked.map(({ method }) => method)).toEqual(['getMe', 'signIn', 'getMe']);
    expect(test.services.asked[1]?.request).toMatchObject({ email: 'bert@host.example', emailVerified: true, invitationSecret: '' });
    expect(test.services.asked[2]?.context.tokens).toContain('linked-bert');
  });

  it('signs in before an answer that can not be tried twice', async () => {
    test.services.unlinked.add('root');
    test.services.asked.length = 0;
    const response = await test.ask('GET', '/api/v1/me/export', { headers: { authorization: 'Bearer token-root' } });
    expect(response.status).toBe(200);
    expect(test.services.asked.map(({ method }) => method).slice(0, 3)).toEqual(['getMe', 'signIn', 'getMe']);
  });

  it('leaves an account that identity refuses at 401', async () => {
    const response = await test.ask('GET', '/api/v1/me', { headers: { authorization: 'Bearer token-nobody' } });
    expect((await problem(response)).code).toBe('account.unknown');
  });

  it('lets anyone see the branding and the OpenAPI document', async () => {
    expect((await test.ask('GET', '/api/v1/branding', { anonymous: true })).status).toBe(200);
    const document = await test.ask('GET', '/api/v1/openapi.json', { anonymous: true });
    expect(await document.json()).toMatchObject({ openapi: '3.1.0' });
  });
});

describe('bad input', () => {
  const cases: [string, string, string, unknown, Record<string, string>, number, string | undefined][] = [
    ['an unknown field', 'POST', `/groups/${GROUP}/posts`, { body: 'x', admin: true }, {}, 400, 'admin'],
    ['a prototype key', 'POST', `/groups/${GROUP}/posts`, '{"body":"x","__proto__":{"kind":"idea"}}', {}, 400, '__proto__'],
    ['an operator for a text', 'POST', `/groups/${GROUP}/posts`, { body: { $ne: 'x' } }, {}, 400, 'body'],
    ['over-long text', 'POST', `/groups/${GROUP}/posts`, { body: 'x'.repeat(50_001) }, {}, 400, 'body'],
    ['control characters', 'POST', `/groups/${GROUP}/posts`, { body: 'x', title: 'a\u0000b' }, {}, 400, 'title'],
    ['a missing field', 'POST', `/groups/${GROUP}/posts`, {}, {}, 400, 'body'],
    ['no body where one is due', 'POST', `/groups/${GROUP}/posts`, undefined, {}, 400, 'body'],
    ['an unknown kind', 'POST', `/groups/${GROUP}/posts`, { body: 'x', kind: 'spam' }, {}, 400, 'kind'],
    ['malformed JSON', 'POST', `/groups/${GROUP}/posts`, '{"body":', {}, 400, 'body'],
    ['a JSON text', 'POST', `/groups/${GROUP}/posts`, '"body"', {}, 400, 'body'],
    ['another content type', 'POST', `/groups/${GROUP}/posts`, 'body=x', { 'content-type': 'text/plain' }, 415, undefined],
    ['an unknown charset', 'POST', `/groups/${GROUP}/posts`, '{}', { 'content-type': 'application/json; charset=utf-7' }, 415, undefined],
    ['a body too large', 'POST', `/groups/${GROUP}/posts`, `{"body":"${'x'.repeat(JSON_BODY_LIMIT_BYTES)}"}`, {}, 413, undefined],
    ['a body where none belongs', 'DELETE', `/me/sessions/${'a'.repeat(64)}`, { a: 1 }, {}, 400, 'body'],
    ['a page too large', 'GET', `/feed?limit=${PAGE_LIMIT_MAX + 1}`, undefined, {}, 400, 'limit'],
    ['an empty page', 'GET', '/feed?limit=0', undefined, {}, 400, 'limit'],
    ['an unknown parameter', 'GET', '/feed?limt=1', undefined, {}, 400, 'limt'],
    ['a parameter twice', 'GET', '/feed?limit=1&limit=2', undefined, {}, 400, 'limit'],
    ['a cursor of another form', 'GET', '/feed?cursor=%00', undefined, {}, 400, 'cursor'],
    ['a malformed address', 'GET', '/posts/%E0%A4%A', undefined, {}, 400, 'request'],
    ['an id of no possible form', 'GET', '/posts/..%2f..', undefined, {}, 404, 'postId'],
    ['an unknown id', 'GET', `/posts/${UNKNOWN_POST}`, undefined, {}, 404, undefined],
    ['an empty idempotency key', 'POST', `/groups/${GROUP}/posts`, { body: 'x' }, { 'idempotency-key': ' ' }, 400, 'Idempotency-Key'],
    [
      'a long idempotency key',
      'POST',
      `/groups/${GROUP}/posts`,
      { body: 'x' },
      { 'idempotency-key': 'k'.repeat(201) },
      400,
      'Idempotency-Key',
    ],
    ['an If-Match without quotes', 'PATCH', `/posts/${POST}`, { body: 'x' }, { 'if-match': 'v3' }, 400, 'If-Match'],
    ['a foreign If-Match', 'PATCH', `/posts/${POST}`, { body: 'x' }, { 'if-match': '"abc"' }, 412, undefined],
    ['a stale If-Match', 'PATCH', `/posts/${POST}`, { body: 'x' }, { 'if-match': '"v2"' }, 412, undefined],
    ['an If-Match without versions', 'POST', `/groups/${GROUP}/posts`, { body: 'x' }, { 'if-match': '"v2"' }, 400, 'If-Match'],
    [
      'too many tokens',
      'GET',
      '/feed',
      undefined,
      {
        'parvis-token': Array(TOKENS_MAX + 1)
          .fill('t')
          .join(','),
      },
      400,
      'parvis-token',
    ],
  ];
  it.each(cases)('answers %s with a problem that names the field', async (_name, method, path, body, headers, status, field) => {
    const response = await test.ask(method, `/api/v1${path}`, { headers, ...(body === undefined ? {} : { body }) });
    expect(response.status).toBe(status);
    const document = await problem(response);
    if (field !== undefined) expect(document.fields.map((entry) => entry.field)).toContain(field);
    for (const entry of document.fields) expect(entry.expected).not.toBe('');
  });

  it('changed nothing by any of it', async () => {
    const response = await test.ask('GET', `/api/v1/posts/${POST}`);
    expect(await response.json()).toMatchObject({ body: 'Hello', version: 3 });
    expect(test.services.asked.filter(({ method }) => method === 'execute').length).toBe(1);
  });

  it('takes pages and bodies at their limits', async () => {
    expect((await test.ask('GET', `/api/v1/feed?limit=${PAGE_LIMIT_MAX}`)).status).toBe(200);
    for (const character of ['x', '😀']) {
      const body = { body: character.repeat(50_000) };
      expect((await test.ask('POST', `/api/v1/groups/${GROUP}/posts`, { body })).status).toBe(201);
    }
  });

  it('answers unknown addresses and methods', async () => {
    expect((await problem(await test.ask('GET', '/api/v1/nothing'))).status).toBe(404);
    expect((await problem(await test.ask('GET', '/api/v1/Me'))).status).toBe(404);
    expect((await problem(await test.ask('GET', '/nothing', { anonymous: true }))).status).toBe(404);
    const wrong = await test.ask('DELETE', '/api/v1/feed');
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    expect((await problem(wrong)).status).toBe(405);
    expect((await test.ask('OPTIONS', '/api/v1/feed')).status).toBe(204);
    expect((await test.ask('HEAD', '/api/v1/feed')).status).toBe(200);
  });

  it('tells nothing of a fault of its own but its trace', async () => {
    const response = await test.ask('GET', '/api/v1/search?q=x');
    const document = await problem(response);
    expect(document).toMatchObject({ status: 500, code: 'internal', fields: [] });
    expect(JSON.stringify(document)).not.toMatch('fake');
    expect(document.traceId).toBe(response.headers.get('parvis-trace'));
  });
});

describe('versions, repeats and tokens', () => {
  it('tags a representation, answers 304 for it, and takes its version back', async () => {
    const first = await test.ask('GET', `/api/v1/posts/${POST}`);
    const tag = first.headers.get('etag') as string;
    expect(tag).toMatch(/^"v3-[\w-]{12}"$/);
    expect((await test.ask('GET', `/api/v1/posts/${POST}`, { headers: { 'if-none-match': tag } })).status).toBe(304);
    const edited = await test.ask('PATCH', `/api/v1/posts/${POST}`, { body: { body: 'Changed' }, headers: { 'if-match': tag } });
    expect(edited.status).toBe(200);
    expect(edited.headers.get('etag')).toBe('"v4"');
    const again = await test.ask('GET', `/api/v1/posts/${POST}`, { headers: { 'if-none-match': tag } });
    expect(again.status).toBe(200);
  });

  it('repeats once per key, and refuses the key with another body', async () => {
    const send = (body: string) =>
      test.ask('POST', `/api/v1/groups/${GROUP}/posts`, { body: { body }, headers: { 'idempotency-key': 'one-key' } });
    const first = await send('a');
    const second = await send('a');
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    const [one, two] = [await first.json(), await second.json()];
    expect(two).toEqual(one);
    expect(first.headers.get('location')).toBe(`/api/v1/posts/${(one as { id: string }).id}`);
    expect((await problem(await send('b'))).status).toBe(422);
  });

  it('answers the token of a write, remembers it for the principal, and hands on what the client carries', async () => {
    const written = await test.ask('POST', `/api/v1/groups/${GROUP}/posts`, { body: { body: 'x' } });
    expect(written.headers.get('parvis-token')).toBe('written-1');
    await test.ask('GET', '/api/v1/feed', { headers: { 'parvis-token': 'mine, other' } });
    const tokens = test.services.asked.filter(({ method }) => method === 'getFeed').at(-1)?.context.tokens ?? [];
    expect(tokens).toEqual(expect.arrayContaining(['written-1', 'mine', 'other']));
    await test.ask('GET', '/api/v1/feed', { headers: { authorization: 'Bearer token-bert' } });
    expect(test.services.asked.filter(({ method }) => method === 'getFeed').at(-1)?.context.tokens).not.toContain('written-1');
  });

  it('says when an answer may be older than the last write', async () => {
    const response = await test.ask('GET', '/api/v1/feed', { headers: { 'parvis-token': 'late', authorization: 'Bearer token-bert' } });
    expect(response.headers.get('parvis-stale')).toBe('1');
  });
});

describe('answers', () => {
  it('embeds authors and groups, so that a screen is one call', async () => {
    const response = await test.ask('GET', '/api/v1/feed');
    const { items } = (await response.json()) as { items: Record<string, unknown>[] };
    expect(items[0]).toMatchObject({
      author: { id: 'annaa', organisation: { name: 'Host' } },
      group: { id: GROUP, privacy: 'restricted' },
      kind: 'question',
    });
  });

  it('goes out without the cards when identity is away, and says so', async () => {
    test.services.broken.cards = true;
    const response = await test.ask('GET', '/api/v1/feed');
    test.services.broken.cards = false;
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      degraded: ['people'],
      items: expect.arrayContaining([expect.objectContaining({ author: null })]),
    });
  });

  it('are never stored, and carry the security headers', async () => {
    const response = await test.ask('GET', '/api/v1/me');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('vary')).toMatch(/Authorization.*Cookie/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self';connect-src 'self';form-action 'self';frame-ancestors 'none';base-uri 'none'",
    );
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('gives health and audit to administrators only', async () => {
    const root = { authorization: 'Bearer token-root' };
    expect((await test.ask('GET', '/api/v1/health')).status).toBe(403);
    expect((await test.ask('GET', '/api/v1/audit')).status).toBe(403);
    expect(await (await test.ask('GET', '/api/v1/health', { headers: root })).json()).toMatchObject({
      ready: true,
      services: [{ service: 'post', reachable: true, views: [{ view: 'posts', lag: 2, parked: 1 }] }],
    });
    const audit = (await (await test.ask('GET', '/api/v1/audit', { headers: root })).json()) as {
      items: { id: string; actorId: string | null }[];
    };
    expect(audit.items.map(({ id, actorId }) => [id, actorId])).toEqual([
      ['g1', null],
      ['i1', 'roota'],
    ]);
  });

  it('exports one whole JSON document', async () => {
    const response = await test.ask('GET', '/api/v1/me/export');
    expect(response.headers.get('content-disposition')).toMatch('attachment');
    expect(await response.json()).toMatchObject({ identity: { id: 'annaa' }, groups: [], notifications: [], contributions: { posts: [] } });
  });
});

describe('rates', () => {
  it('are limited per principal, and say when to come back', async () => {
    const limited = await startTestGateway({ rateLimits: { read: { perPrincipal: 2, perAddress: 100 } } });
    for (let count = 0; count < 2; count += 1) expect((await limited.ask('GET', '/api/v1/me')).status).toBe(200);
    const refused = await limited.ask('GET', '/api/v1/me');
    expect((await problem(refused)).status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('ratelimit')).toMatch(/^"read";r=0;t=\d+$/);
    expect((await limited.ask('GET', '/api/v1/me', { headers: { authorization: 'Bearer token-bert' } })).status).toBe(200);
    await limited.stop();
  });

  it('believe no proxy that was not named', async () => {
    const rules = { rateLimits: { read: { perPrincipal: 100, perAddress: 1 } } };
    const send = async (gateway: TestGateway, address: string) =>
      (await gateway.ask('GET', '/api/v1/branding', { anonymous: true, headers: { 'x-forwarded-for': address } })).status;
    const open = await startTestGateway(rules);
    expect([await send(open, '10.0.0.1'), await send(open, '10.0.0.2')]).toEqual([200, 429]);
    await open.stop();
    const behind = await startTestGateway({ ...rules, trustedProxies: ['127.0.0.1'] });
    expect([await send(behind, '10.0.0.1'), await send(behind, '10.0.0.2'), await send(behind, '10.0.0.1')]).toEqual([200, 200, 429]);
    await behind.stop();
  });
});

describe('probes', () => {
  it('are healthy, ready, and counted', async () => {
    expect((await test.ask('GET', '/healthz', { anonymous: true })).status).toBe(200);
    expect(await (await test.ask('GET', '/readyz', { anonymous: true })).json()).toEqual({ ready: true, waitingFor: [] });
    const metrics = await (await test.ask('GET', '/metrics', { anonymous: true })).text();
    expect(metrics).toMatch('parvis_view_lag{service="post",view="posts",source="post"} 2\n');
    expect(metrics).toMatch(/parvis_gateway_requests_total\{operation="getFeed",status="200"\} \d+/);
    expect((await test.ask('GET', '/metrics', { anonymous: true, headers: { 'x-forwarded-for': '1.2.3.4' } })).status).toBe(404);
  });
});
