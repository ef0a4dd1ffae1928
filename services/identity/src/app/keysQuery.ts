import type { GetKeysResponse, PersonKeyRef } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import type { KeyKind, KeyRef } from '@parvis/kit/ports/keyVault.ts';
import { invalid } from '@parvis/kit/runtime/errors.ts';
import { isSimpleId } from '@parvis/kit/runtime/ids.ts';
import type { Identity } from './identity.ts';

export const KEYS_LIMIT = 500;
/** Services that seal or open personal texts. */
export const KEY_READERS: readonly string[] = ['post', 'group', 'search', 'notification', 'identity'];

const isKind = (kind: string): kind is KeyKind => kind === 'who' || kind === 'contributions';

const keyRef = ({ personId, kind }: PersonKeyRef): KeyRef => {
  if (!isSimpleId(personId)) throw invalid('refs.personId', 'the id of a person');
  if (!isKind(kind)) throw invalid('refs.kind', 'who or contributions');
  return { personId, kind };
};

/** Keys for the other services; of a person nobody knows an empty key that is not destroyed. */
export const getKeys = async ({ ports }: Identity, refs: readonly PersonKeyRef[]): Promise<GetKeysResponse> => {
  if (refs.length > KEYS_LIMIT) throw invalid('refs', `at most ${KEYS_LIMIT} keys`);
  const wanted = refs.map(keyRef);
  const states = await ports.vault.get(wanted);
  return {
    keys: wanted.map((ref, index) => {
      const state = states[index];
      return {
        ref,
        keyId: `${ref.personId}:${ref.kind === 'who' ? 'w' : 'c'}`,
        key: state?.state === 'present' ? Buffer.from(state.key) : Buffer.alloc(0),
        destroyed: state?.state === 'destroyed',
      };
    }),
  };
};
