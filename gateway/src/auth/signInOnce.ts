/**
 * A caller with a fresh token of their own works at once: when a service says that nobody is linked to the account,
 * identity is told of the sign-in, and the request is made again.
 */
import { upTo } from '@parvis/kit/runtime/cacheLimit.ts';
import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import { LRUCache } from 'lru-cache';
import type { Call } from '../http/call.ts';
import { KNOWN_PRINCIPALS } from '../limits.ts';
import { signInBearer } from './signIn.ts';

export interface SignInOnce {
  /** Runs the handler, and a second time after a sign-in when the account was unknown. */
  around<T>(call: Call, handler: () => Promise<T>): Promise<T>;
  /** Makes sure beforehand, for answers that can't be tried twice. */
  before(call: Call): Promise<void>;
}

export const createSignInOnce = (): SignInOnce => {
  const known = new LRUCache<string, true>({ ...upTo(KNOWN_PRINCIPALS) });

  /** @returns false when the principal is not one that signs in this way */
  const signIn = async (call: Call): Promise<boolean> => {
    if (call.principal?.kind !== 'bearer') return false;
    const { token } = await signInBearer(call.ports, call.principal);
    // The services' facts must have heard of the account before they are asked again.
    if (token !== '') call.written.push(token);
    known.set(call.principal.key, true);
    return true;
  };

  const around: SignInOnce['around'] = async (call, handler) => {
    try {
      return await handler();
    } catch (error) {
      if (!isParvisError(error, 'account.unknown') || !(await signIn(call))) throw error;
      return handler();
    }
  };

  return {
    around,
    async before(call) {
      if (call.principal?.kind !== 'bearer' || known.has(call.principal.key)) return;
      await around(call, () => call.clients.identity.getMe({}, call.context()));
      known.set(call.principal.key, true);
    },
  };
};
