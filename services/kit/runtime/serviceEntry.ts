import { createHash } from 'node:crypto';
import { hasAccess } from '@parvis/access/src/mayRead.ts';
import { LRUCache } from 'lru-cache';
import type { AccessFacts } from '../facts/accessFacts.ts';
import type { Clock } from '../ports/clock.ts';
import type { TokenVerifier, VerifiedToken } from '../ports/tokenVerifier.ts';
import { upTo } from './cacheLimit.ts';
import { forbidden, unauthenticated, unavailable } from './errors.ts';
import type { CallContext } from './rpc.ts';
import type { Entered } from './service.ts';

/** Verified tokens that are remembered until they expire. */
export const REMEMBERED_TOKENS = 10_000;

export interface ServiceEntry {
  enter(context: CallContext): Promise<Entered>;
  enterService(context: CallContext, allowed: readonly string[]): Promise<string>;
}

export interface ServiceEntryOptions {
  readonly verifier: TokenVerifier;
  readonly facts: AccessFacts;
  readonly clock: Clock;
  waitForTokens(context: CallContext): Promise<void>;
  factsFresh(): boolean;
}

/** Tokens by their hash, so that a copy of memory holds no token. */
const createVerifiedTokens = (verifier: TokenVerifier, clock: Clock): ((token: string) => Promise<VerifiedToken>) => {
  const known = new LRUCache<string, VerifiedToken>({ ...upTo(REMEMBERED_TOKENS) });
  return async (token) => {
    const key = createHash('sha256').update(token).digest('base64');
    const remembered = known.get(key);
    if (remembered !== undefined && remembered.expiresAt.getTime() > clock.now().getTime()) return remembered;
    known.delete(key);
    const verified = await verifier.verify(token);
    known.set(key, verified);
    return verified;
  };
};

/** Who is asking: from a token to an account, from the account to a person, and what facts say of them now. */
export const createServiceEntry = (options: ServiceEntryOptions): ServiceEntry => {
  const { facts, clock } = options;
  const verify = createVerifiedTokens(options.verifier, clock);
  return {
    async enter(context) {
      const { credential } = context;
      if (credential.kind !== 'bearer') throw unauthenticated('token.missing', 'an access token of a person is needed');
      const verified = await verify(credential.token);
      await options.waitForTokens(context);
      const personId = await facts.personIdByAccount(verified.issuer, verified.subject);
      const viewer = personId === undefined ? undefined : await facts.viewer(personId);
      if (personId === undefined || viewer === undefined) {
        throw unauthenticated('account.unknown', 'no person of this network signs in with this account');
      }
      const nowMs = clock.now().getTime();
      if (!hasAccess(viewer, nowMs)) throw forbidden('account.inactive', 'access has ended or is suspended');
      if (viewer.person.kind === 'partner' && !options.factsFresh()) {
        throw unavailable('access.stale', 'rights cannot be checked right now');
      }
      return { viewer, personId, nowMs };
    },
    async enterService(context, allowed) {
      const { credential } = context;
      if (credential.kind !== 'service') throw unauthenticated('service-only', 'only services of this network may call this');
      if (!allowed.includes(credential.service)) throw forbidden('service-not-allowed', `${credential.service} may not call this`);
      await options.waitForTokens(context);
      return credential.service;
    },
  };
};
