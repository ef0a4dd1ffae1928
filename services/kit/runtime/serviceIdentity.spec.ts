import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { createServiceIdentity, STATEMENT_LEEWAY_S, STATEMENT_LIFETIME_S } from './serviceIdentity.ts';

const key = randomBytes(32);
const refusal = { kind: 'unauthenticated', code: 'service-identity' };

describe('service identity', () => {
  it('tells who calls', async () => {
    const statement = await createServiceIdentity('search', key).statementFor('post');
    expect(await createServiceIdentity('post', key).verify(statement)).toBe('search');
    expect(await createServiceIdentity('post', key).verify(statement)).toBe('search');
  });

  it('holds for one service only', async () => {
    const statement = await createServiceIdentity('search', key).statementFor('post');
    await expect(createServiceIdentity('group', key).verify(statement)).rejects.toMatchObject(refusal);
  });

  it('needs the key of the network', async () => {
    const statement = await createServiceIdentity('search', randomBytes(32)).statementFor('post');
    await expect(createServiceIdentity('post', key).verify(statement)).rejects.toMatchObject(refusal);
  });

  it('ends, also when it was verified before', async () => {
    let nowMs = Date.now();
    const [search, post] = [createServiceIdentity('search', key, () => nowMs), createServiceIdentity('post', key, () => nowMs)];
    const statement = await search.statementFor('post');
    await post.verify(statement);
    nowMs += (STATEMENT_LIFETIME_S + STATEMENT_LEEWAY_S - 1) * 1000;
    await post.verify(statement);
    nowMs += 2_000;
    await expect(post.verify(statement)).rejects.toMatchObject(refusal);
  });

  it('is signed anew before it ends, and not for every call', async () => {
    let nowMs = Date.now();
    const search = createServiceIdentity('search', key, () => nowMs);
    const first = await search.statementFor('post');
    nowMs += (STATEMENT_LIFETIME_S / 2) * 1000 - 1_000;
    expect(await search.statementFor('post')).toBe(first);
    nowMs += 2_000;
    expect(await search.statementFor('post')).not.toBe(first);
  });

  it.each([
    ['no type', { alg: 'HS256' }, {}],
    ['another type', { alg: 'HS256', typ: 'JWT' }, {}],
    ['another algorithm', { alg: 'HS512', typ: 'parvis-service+jwt' }, {}],
    ['a life that is too long', { alg: 'HS256', typ: 'parvis-service+jwt' }, { iat: Math.floor(Date.now() / 1000) - 3_600 }],
    ['no time of issue', { alg: 'HS256', typ: 'parvis-service+jwt' }, { iat: undefined }],
    ['no end', { alg: 'HS256', typ: 'parvis-service+jwt' }, { exp: undefined }],
    ['no name', { alg: 'HS256', typ: 'parvis-service+jwt' }, { iss: undefined }],
    ['a name that is none', { alg: 'HS256', typ: 'parvis-service+jwt' }, { iss: '../post' }],
  ])('is refused with %s', async (_what, header, claims) => {
    const nowS = Math.floor(Date.now() / 1000);
    const payload = Object.fromEntries(
      Object.entries({ iss: 'search', aud: 'post', iat: nowS, exp: nowS + 30, ...claims }).filter(([, value]) => value !== undefined),
    );
    const signingKey = header.alg === 'HS512' ? Buffer.concat([key, key]) : key;
    const statement = await new SignJWT(payload).setProtectedHeader(header).sign(signingKey);
    await expect(createServiceIdentity('post', key).verify(statement)).rejects.toMatchObject(refusal);
  });

  it.each(['', 'x', 'a.b.c', 'eyJhbGciOiJub25lIn0.eyJpc3MiOiJzZWFyY2gifQ.'])('is refused when it is none: %j', async (statement) => {
    await expect(createServiceIdentity('post', key).verify(statement)).rejects.toMatchObject(refusal);
  });

  it('needs a plain name and a whole key', () => {
    expect(() => createServiceIdentity('Post Service', key)).toThrow('service name');
    expect(() => createServiceIdentity('post', randomBytes(16))).toThrow('32 bytes');
  });
});
