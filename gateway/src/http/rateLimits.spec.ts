import { describe, expect, it } from '@jest/globals';
import type { Response } from 'express';
import { createRateLimits, RATE_RULES, RATE_WINDOW_SECONDS } from './rateLimits.ts';

const responseOf = () => {
  const headers = new Map<string, string>();
  const response = { setHeader: (name: string, value: string) => headers.set(name, value), hasHeader: (name: string) => headers.has(name) };
  return { headers, response: response as unknown as Response };
};

describe('rate limits', () => {
  it('count a principal up to the limit, and no other with them', async () => {
    const limits = createRateLimits({ write: { perPrincipal: 3, perAddress: 100 } });
    for (let count = 3; count > 0; count -= 1) {
      const { headers, response } = responseOf();
      await limits.byPrincipal('write', 'anna', response);
      expect(headers.get('RateLimit')).toBe(`"write";r=${count - 1};t=${RATE_WINDOW_SECONDS}`);
      expect(headers.get('RateLimit-Policy')).toBe(`"write";q=3;w=${RATE_WINDOW_SECONDS}`);
    }
    const { headers, response } = responseOf();
    await expect(limits.byPrincipal('write', 'anna', response)).rejects.toMatchObject({ kind: 'too-many-requests' });
    expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0);
    await limits.byPrincipal('write', 'bert', responseOf().response);
    await limits.byPrincipal('read', 'anna', responseOf().response);
  });

  it('count an address apart', async () => {
    const limits = createRateLimits({ auth: { perPrincipal: 100, perAddress: 2 } });
    await limits.byAddress('auth', '10.0.0.1', responseOf().response);
    await limits.byAddress('auth', '10.0.0.1', responseOf().response);
    await expect(limits.byAddress('auth', '10.0.0.1', responseOf().response)).rejects.toMatchObject({ code: 'rate-limited' });
    await limits.byAddress('auth', '10.0.0.2', responseOf().response);
  });

  it('let an office of many people through', () => {
    for (const { perPrincipal, perAddress } of Object.values(RATE_RULES)) expect(perAddress).toBeGreaterThanOrEqual(2 * perPrincipal);
  });
});
