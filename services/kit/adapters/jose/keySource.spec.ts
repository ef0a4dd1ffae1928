import { describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import {
  FIRST_KEYS_COOLDOWN_MS,
  KEY_SET_LIMIT_BYTES,
  KEYS_COOLDOWN_MS,
  KEYS_REFRESH_MS,
  KEYS_STALE_LIMIT_MS,
  type KeySource,
  localKeys,
  remoteKeys,
} from './keySource.ts';

const key = async (kid: string): Promise<JWK> => ({ ...(await exportJWK((await generateKeyPair('ES256')).publicKey)), kid, alg: 'ES256' });
const find = (source: KeySource, kid: string) => source({ alg: 'ES256', kid }, { payload: '', signature: '' });

/** An issuer under the test's control: its keys, whether it answers, and how often it was asked. */
const issuer = (keys: JWK[]) => {
  const world = { keys, nowMs: 1_000_000, fetches: 0, up: true, body: undefined as string | undefined };
  const source = remoteKeys({
    url: 'https://sign-in.example/certs',
    nowMs: () => world.nowMs,
    fetch: async () => {
      world.fetches += 1;
      if (!world.up) throw new TypeError('fetch failed');
      return new Response(world.body ?? JSON.stringify({ keys: world.keys }));
    },
  });
  return { world, source };
};

describe('remote keys', () => {
  it('are fetched once for many tokens, also at the same time', async () => {
    const { world, source } = issuer([await key('a')]);
    await Promise.all(Array.from({ length: 20 }, () => find(source, 'a')));
    await find(source, 'a');
    expect(world.fetches).toBe(1);
  });

  it('of a rotation are fetched when first seen', async () => {
    const { world, source } = issuer([await key('a')]);
    await find(source, 'a');
    world.keys = [await key('b')];
    world.nowMs += KEYS_COOLDOWN_MS;
    await find(source, 'b');
    expect(world.fetches).toBe(2);
    await expect(find(source, 'a')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });

  it('are asked for once per cooldown under a flood of unknown key ids', async () => {
    const { world, source } = issuer([await key('a')]);
    await find(source, 'a');
    for (let second = 0; second < 90; second += 1) {
      await Promise.allSettled([find(source, `unknown-${second}`), find(source, `other-${second}`)]);
      world.nowMs += 1_000;
    }
    expect(world.fetches).toBeLessThanOrEqual(1 + Math.ceil(90_000 / KEYS_COOLDOWN_MS));
  });

  it('are refreshed with age, so that a withdrawn key ends', async () => {
    const { world, source } = issuer([await key('a')]);
    await find(source, 'a');
    world.keys = [await key('b')];
    world.nowMs += KEYS_REFRESH_MS + 1;
    await expect(find(source, 'a')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });

  it('go on being used while the issuer is away, up to a limit', async () => {
    const { world, source } = issuer([await key('a')]);
    await find(source, 'a');
    world.up = false;
    world.nowMs += KEYS_REFRESH_MS * 2;
    await find(source, 'a');
    await find(source, 'a');
    expect(world.fetches).toBe(2);
    world.nowMs += KEYS_STALE_LIMIT_MS;
    await expect(find(source, 'a')).rejects.toMatchObject({ kind: 'unavailable', code: 'keys-unavailable' });
    world.up = true;
    world.nowMs += KEYS_COOLDOWN_MS;
    await find(source, 'a');
  });

  it('that were never fetched are unavailable, not refused, and asked for soon again', async () => {
    const { world, source } = issuer([await key('a')]);
    world.up = false;
    await expect(find(source, 'a')).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(find(source, 'a')).rejects.toMatchObject({ kind: 'unavailable' });
    expect(world.fetches).toBe(1);
    world.up = true;
    world.nowMs += FIRST_KEYS_COOLDOWN_MS;
    await find(source, 'a');
  });

  it.each([
    ['no JSON', '<html>'],
    ['another shape', '{"keys":"none"}'],
    ['more than the limit', JSON.stringify({ keys: [], padding: 'x'.repeat(KEY_SET_LIMIT_BYTES) })],
  ])('that answer %s are unavailable', async (_what, body) => {
    const { world, source } = issuer([]);
    world.body = body;
    await expect(find(source, 'a')).rejects.toMatchObject({ code: 'keys-unavailable' });
  });
});

describe('local keys', () => {
  it('follow their issuer at once', async () => {
    let set = { keys: [await key('a')] };
    const source = localKeys(() => set);
    await find(source, 'a');
    set = { keys: [await key('b')] };
    await find(source, 'b');
    await expect(find(source, 'a')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });
});
