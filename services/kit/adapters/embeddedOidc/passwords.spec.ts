import { describe, expect, it } from '@jest/globals';
import { createPasswords, HASH_COST_LOG2, HASHING_LIMITS, PASSWORD_LENGTH } from './passwords.ts';

const cheap = () => createPasswords(10);

describe('passwords', () => {
  it('are verified against their hash alone', async () => {
    const passwords = cheap();
    const stored = await passwords.hash('correct horse battery');
    expect(stored).not.toContain('correct');
    expect(await passwords.verify('correct horse battery', stored)).toBe(true);
    expect(await passwords.verify('correct horse batterx', stored)).toBe(false);
    expect(await passwords.verify('', stored)).toBe(false);
    expect(await passwords.verify('correct horse battery', undefined)).toBe(false);
  });

  it('of two people with the same one have different hashes', async () => {
    expect(await cheap().hash('correct horse battery')).not.toBe(await cheap().hash('correct horse battery'));
  });

  it('are the same however the keyboard composes their letters', async () => {
    const stored = await cheap().hash('été à la mer'.normalize('NFC'));
    expect(await cheap().verify('été à la mer'.normalize('NFD'), stored)).toBe(true);
  });

  it.each([
    [PASSWORD_LENGTH.min - 1, false],
    [PASSWORD_LENGTH.min, true],
    [PASSWORD_LENGTH.max, true],
    [PASSWORD_LENGTH.max + 1, false],
  ])('of %i characters are taken: %s', async (length, taken) => {
    const outcome = await cheap()
      .hash('x'.repeat(length))
      .then(
        () => true,
        () => false,
      );
    expect(outcome).toBe(taken);
  });

  it('longer than the limit are not cut to one that fits', async () => {
    const stored = await cheap().hash('x'.repeat(PASSWORD_LENGTH.max));
    expect(await cheap().verify('x'.repeat(PASSWORD_LENGTH.max + 50), stored)).toBe(false);
  });

  it('keep the cost they were hashed with', async () => {
    const stored = await createPasswords(11).hash('correct horse battery');
    expect(stored).toMatch(/^scrypt\$2048\$8\$3\$/);
    expect(await createPasswords(10).verify('correct horse battery', stored)).toBe(true);
  });

  it('cost what they should by default', async () => {
    expect(HASH_COST_LOG2).toBeGreaterThanOrEqual(15);
    expect(await createPasswords().hash('correct horse battery')).toMatch(/^scrypt\$32768\$8\$3\$/);
  });

  it('of too many sign-ins at once are refused, the others are served', async () => {
    const passwords = cheap();
    const stored = await passwords.hash('correct horse battery');
    const room = HASHING_LIMITS.running + HASHING_LIMITS.waiting;
    const outcomes = await Promise.allSettled(Array.from({ length: room + 5 }, () => passwords.verify('correct horse battery', stored)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(room);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'sign-in-busy' });
    expect(await passwords.verify('correct horse battery', stored)).toBe(true);
  });
});
