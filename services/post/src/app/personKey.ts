import type { KeyReader, KeyRef } from '@parvis/kit/ports/keyVault.ts';
import { unavailable } from '@parvis/kit/runtime/errors.ts';

/** The key; undefined when it was destroyed. @throws unavailable `key.unknown` for one that is not there yet. */
export const personKey = async (keys: KeyReader, ref: KeyRef): Promise<Uint8Array | undefined> => {
  const [state] = await keys.get([ref]);
  switch (state?.state) {
    case 'present':
      return state.key;
    case 'destroyed':
      return undefined;
    default:
      throw unavailable('key.unknown', `the ${ref.kind} key of person ${ref.personId} is not known yet`);
  }
};
