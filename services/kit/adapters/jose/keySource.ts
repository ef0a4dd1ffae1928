/** Where a verifier finds an issuer's public keys: at its JWKS address, or in this process. */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { unavailable } from '../../runtime/errors.ts';

/** Keys are fetched anew at this age, so that a withdrawn key ends even when no unknown one shows up. */
export const KEYS_REFRESH_MS = 10 * 60_000;
/** Keys of an issuer that can't be reached are trusted this long, so that its outage stops nobody. */
export const KEYS_STALE_LIMIT_MS = 24 * 60 * 60_000;
/** However many unknown key ids arrive, the issuer is asked once in this time. */
export const KEYS_COOLDOWN_MS = 30_000;
/** Until keys were fetched for the first time nobody can sign in: ask again sooner. */
export const FIRST_KEYS_COOLDOWN_MS = 2_000;
const FETCH_TIMEOUT_MS = 5_000;
/** A key set is a few kilobytes. */
export const KEY_SET_LIMIT_BYTES = 256 * 1024;

export type KeySource = JWTVerifyGetKey;

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

/** Keys of an issuer in this process; read on every use, so that its rotation is seen at once. */
export const localKeys = (keys: () => JSONWebKeySet): KeySource => {
  let last: { set: JSONWebKeySet; find: JWTVerifyGetKey } | undefined;
  return (header, token) => {
    const set = keys();
    if (last?.set !== set) last = { set, find: createLocalJWKSet(set) };
    return last.find(header, token);
  };
};

export interface RemoteKeysOptions {
  readonly url: string;
  /** For tests; the global fetch otherwise. */
  readonly fetch?: typeof fetch;
  readonly nowMs?: () => number;
}

const readLimited = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > KEY_SET_LIMIT_BYTES) throw new Error(`the key set is larger than ${KEY_SET_LIMIT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const fetchKeys = async (options: RemoteKeysOptions): Promise<JSONWebKeySet> => {
  const response = await (options.fetch ?? fetch)(options.url, {
    redirect: 'error',
    headers: { accept: 'application/jwk-set+json, application/json' },
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
  });
  if (response.status !== 200) throw new Error(`the key set answered status ${response.status}`);
  return keySet.parse(JSON.parse(await readLimited(response))) as JSONWebKeySet;
};

/**
 * Keys at an address, cached. An issuer that is away is not asked more often and its last keys go on being used.
 * @throws keys-unavailable while no keys are known.
 */
export const remoteKeys = (options: RemoteKeysOptions): KeySource => {
  const nowMs = options.nowMs ?? Date.now;
  let known: { find: JWTVerifyGetKey; fetchedAtMs: number } | undefined;
  let attemptedAtMs = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | undefined;

  const refresh = async (): Promise<void> => {
    try {
      known = { find: createLocalJWKSet(await fetchKeys(options)), fetchedAtMs: nowMs() };
    } catch (error) {
      // The caller goes on with the keys it has; without any it says so, with the cause.
      if (!known)
        throw unavailable('keys-unavailable', `the issuer's keys can't be fetched: ${error instanceof Error ? error.name : 'error'}`);
    }
  };

  /** Fetches unless that was tried a moment ago; callers at the same time share one fetch. */
  const refreshIfAllowed = async (): Promise<boolean> => {
    if (!fetching) {
      if (nowMs() - attemptedAtMs < (known ? KEYS_COOLDOWN_MS : FIRST_KEYS_COOLDOWN_MS)) return false;
      attemptedAtMs = nowMs();
      fetching = refresh().finally(() => {
        fetching = undefined;
      });
    }
    await fetching;
    return true;
  };

  return async (header, token) => {
    const ageMs = known ? nowMs() - known.fetchedAtMs : Number.POSITIVE_INFINITY;
    if (ageMs > KEYS_REFRESH_MS) await refreshIfAllowed();
    if (!known || nowMs() - known.fetchedAtMs > KEYS_STALE_LIMIT_MS)
      throw unavailable('keys-unavailable', "the issuer's keys are not known yet");
    try {
      return await known.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(await refreshIfAllowed())) throw error;
      return known.find(header, token);
    }
  };
};
