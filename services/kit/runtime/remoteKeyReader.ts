import type { KeyServiceService } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import type { KeyReader, KeyRef, KeyState } from '../ports/keyVault.ts';
import { callContext } from './callContext.ts';
import { invalid, unavailable } from './errors.ts';
import type { Client } from './rpc.ts';

/** Most keys of one read; the same limit as identity's. */
export const KEYS_PER_READ = 500;
/** Every read of a name may need keys: a vault that hangs must not hold it longer than this. */
const KEY_TIMEOUT_MS = 3_000;
const KEY_BYTES = 32;

type Material = { readonly key: Uint8Array; readonly destroyed: boolean };

const keyOf = (ref: { personId: string; kind: string }): string => `${ref.personId}/${ref.kind}`;

const stateOf = (material: Material | undefined): KeyState => {
  if (!material) return { state: 'unknown' };
  if (material.destroyed) return { state: 'destroyed' };
  if (material.key.length !== KEY_BYTES) throw unavailable('key-service', 'identity answered a key of the wrong length');
  return { state: 'present', key: material.key };
};

/**
 * Reads keys from identity's vault, as the given service. Nothing is cached here: the codec does that, and forgets a key
 * when its person is erased. Answers are matched by reference, not by place; what is missing is `unknown`.
 */
export const createRemoteKeyReader = (client: Pick<Client<KeyServiceService>, 'getKeys'>, service: string): KeyReader => ({
  async get(refs: readonly KeyRef[]): Promise<KeyState[]> {
    if (refs.length > KEYS_PER_READ) throw invalid('refs', `at most ${KEYS_PER_READ} keys`);
    if (refs.length === 0) return [];
    const context = callContext({ credential: { kind: 'service', service }, timeoutMs: KEY_TIMEOUT_MS });
    const { keys } = await client.getKeys({ refs: refs.map(({ personId, kind }) => ({ personId, kind })) }, context);
    const answered = new Map(keys.flatMap((material) => (material.ref ? [[keyOf(material.ref), material] as const] : [])));
    return refs.map((ref) => stateOf(answered.get(keyOf(ref))));
  },
});
