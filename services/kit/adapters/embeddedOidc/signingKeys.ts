import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JSONWebKeySet, type JWK } from 'jose';
import type { Clock } from '../../ports/clock.ts';
import type { StateStore } from '../../ports/state.ts';
import type { Sealer } from '../../runtime/sealer.ts';

/** One algorithm for everything the provider signs. */
export const SIGNING_ALGORITHM = 'ES256';
/** A new key signs after this time; the old one goes on verifying for as long as a session may last. */
export const ROTATE_AFTER_MS = 90 * 24 * 3600_000;
export const RETIRE_AFTER_MS = 30 * 24 * 3600_000;

const SEAL = 'oidc-signing-key';
const ENTRY = 'signing';

interface StoredKey {
  readonly sealed: string;
  readonly createdAtMs: number;
}

export interface SigningKeys {
  /** Newest first: the first one signs. Private, for the provider alone. */
  private(): JWK[];
  /** For verifiers; a new object after every change. */
  public(): JSONWebKeySet;
  /** Makes a key when the newest is too old, or always when forced; drops retired ones. @returns whether it did. */
  rotate(force?: boolean): Promise<boolean>;
}

const publicPart = ({ kty, crv, x, y, kid, alg, use }: JWK): JWK => ({ kty, crv, x, y, kid, alg, use }) as JWK;

const makeKey = async (): Promise<JWK> => {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: SIGNING_ALGORITHM, use: 'sig' };
};

/** The provider's keys, sealed by the network key; the first is made at the first start. */
export const openSigningKeys = async (state: StateStore, sealer: Sealer, clock: Clock): Promise<SigningKeys> => {
  const table = state.table<StoredKey[]>('oidcSigningKeys');
  let entries = (await table.get(ENTRY)) ?? [];
  let keys = entries.map(({ sealed }) => sealer.open<JWK>(SEAL, sealed));
  let published: JSONWebKeySet = { keys: keys.map(publicPart) };

  const rotate = async (force = false): Promise<boolean> => {
    const nowMs = clock.now().getTime();
    const newest = entries[0];
    if (newest && !force && nowMs - newest.createdAtMs < ROTATE_AFTER_MS) return false;
    const key = await makeKey();
    const kept = entries.filter(({ createdAtMs }) => nowMs - createdAtMs < ROTATE_AFTER_MS + RETIRE_AFTER_MS);
    entries = [{ sealed: sealer.seal(SEAL, key), createdAtMs: nowMs }, ...kept];
    await table.put(ENTRY, entries);
    keys = [key, ...keys.slice(0, kept.length)];
    published = { keys: keys.map(publicPart) };
    return true;
  };

  await rotate();
  return { private: () => [...keys], public: () => published, rotate };
};
