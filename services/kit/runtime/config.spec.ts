import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ConfigError, readConfig } from './config.ts';

const schema = z.object({
  PARVIS_PORT: z.coerce.number({ error: 'a port from 0 to 65535' }).int().min(0).max(65_535, 'a port from 0 to 65535').default(8080),
  PARVIS_LANGUAGE: z.enum(['fr', 'en'], { error: 'fr or en' }).default('en'),
  PARVIS_NETWORK_KEY: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'),
  PARVIS_URL: z.url().optional(),
});
const key = 'a'.repeat(64);

const failure = (env: Record<string, string | undefined>): ConfigError => {
  try {
    readConfig(env, schema);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
};

describe('readConfig', () => {
  it('gives typed values and defaults, and leaves other variables alone', () => {
    expect(readConfig({ PARVIS_NETWORK_KEY: key, PARVIS_PORT: '9000', HOME: '/root' }, schema)).toEqual({
      PARVIS_PORT: 9000,
      PARVIS_LANGUAGE: 'en',
      PARVIS_NETWORK_KEY: key,
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readConfig({ PARVIS_NETWORK_KEY: key, PARVIS_LANGUAGE: '', PARVIS_URL: '' }, schema)).toMatchObject({ PARVIS_LANGUAGE: 'en' });
  });

  it('names every variable that is wrong, and what is expected', () => {
    const error = failure({ PARVIS_PORT: 'http', PARVIS_LANGUAGE: 'de', PARVIS_NETWORK_KEY: 'short', PARVIS_URL: 'nowhere' });
    expect(error.variables).toEqual(['PARVIS_PORT', 'PARVIS_LANGUAGE', 'PARVIS_NETWORK_KEY', 'PARVIS_URL']);
    expect(error.message).toContain('PARVIS_PORT: expected a port from 0 to 65535');
    expect(error.message).toContain('PARVIS_LANGUAGE: expected fr or en');
    expect(error.message).toContain('PARVIS_NETWORK_KEY: expected 64 hexadecimal digits');
  });

  it('says that a variable is not set', () => {
    expect(failure({}).message).toBe('settings are not as expected:\n  PARVIS_NETWORK_KEY: expected string, is not set');
  });

  it('shows no value, as it may be a secret', () => {
    const secret = 'tr0ub4dor&3';
    expect(failure({ PARVIS_NETWORK_KEY: secret, PARVIS_PORT: secret, PARVIS_LANGUAGE: secret, PARVIS_URL: secret }).message).not.toContain(
      secret,
    );
  });
});
