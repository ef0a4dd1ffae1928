/** How often one principal, and one address, may ask: token windows of a minute, in memory of this process. */
import { ParvisError } from '@parvis/kit/runtime/errors.ts';
import type { Response } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

export type RateClass = 'read' | 'write' | 'upload' | 'auth' | 'search';

export interface RateRule {
  /** Requests a minute of one principal. */
  readonly perPrincipal: number;
  /** Requests a minute from one address; offices share one. */
  readonly perAddress: number;
}

export const RATE_RULES: Readonly<Record<RateClass, RateRule>> = {
  read: { perPrincipal: 1_200, perAddress: 12_000 },
  write: { perPrincipal: 240, perAddress: 2_400 },
  upload: { perPrincipal: 30, perAddress: 300 },
  auth: { perPrincipal: 60, perAddress: 120 },
  search: { perPrincipal: 240, perAddress: 2_400 },
};
export const RATE_WINDOW_SECONDS = 60;

export interface RateLimits {
  /** @throws too-many-requests when the address has used up its window. Sets the RateLimit headers. */
  byAddress(rateClass: RateClass, address: string, response: Response): Promise<void>;
  byPrincipal(rateClass: RateClass, principal: string, response: Response): Promise<void>;
}

type Scope = 'principal' | 'address';

const classes = Object.keys(RATE_RULES) as RateClass[];

const describe = (response: Response, rateClass: RateClass, quota: number, left: RateLimiterRes): void => {
  const seconds = Math.max(1, Math.ceil(left.msBeforeNext / 1000));
  response.setHeader('RateLimit-Policy', `"${rateClass}";q=${quota};w=${RATE_WINDOW_SECONDS}`);
  response.setHeader('RateLimit', `"${rateClass}";r=${Math.max(0, left.remainingPoints)};t=${seconds}`);
};

export const createRateLimits = (rules: Partial<Record<RateClass, RateRule>> = {}): RateLimits => {
  const ruleOf = (rateClass: RateClass): RateRule => rules[rateClass] ?? RATE_RULES[rateClass];
  const quotaOf = (rateClass: RateClass, scope: Scope): number =>
    scope === 'principal' ? ruleOf(rateClass).perPrincipal : ruleOf(rateClass).perAddress;
  const limiter = (rateClass: RateClass, scope: Scope): RateLimiterMemory =>
    new RateLimiterMemory({ keyPrefix: `${scope}:${rateClass}`, points: quotaOf(rateClass, scope), duration: RATE_WINDOW_SECONDS });
  const limiters = new Map<string, RateLimiterMemory>();
  for (const rateClass of classes) {
    for (const scope of ['principal', 'address'] as const) limiters.set(`${scope}:${rateClass}`, limiter(rateClass, scope));
  }

  const consume = async (rateClass: RateClass, scope: Scope, key: string, response: Response): Promise<void> => {
    const quota = quotaOf(rateClass, scope);
    try {
      const left = await limiters.get(`${scope}:${rateClass}`)?.consume(key);
      // The principal's own window is the one worth telling.
      if (left && (scope === 'principal' || !response.hasHeader('RateLimit'))) describe(response, rateClass, quota, left);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      describe(response, rateClass, quota, refused);
      const seconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
      response.setHeader('Retry-After', String(seconds));
      throw new ParvisError('too-many-requests', 'rate-limited', `at most ${quota} a minute here; try again in ${seconds} s`);
    }
  };

  return {
    byAddress: (rateClass, address, response) => consume(rateClass, 'address', address, response),
    byPrincipal: (rateClass, principal, response) => consume(rateClass, 'principal', principal, response),
  };
};
