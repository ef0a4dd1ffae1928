import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomId } from '../../runtime/ids.ts';
import { keyVaultContract } from '../../testing/contracts/keyVaultContract.ts';
import { openSqliteKeyVault } from './keyVault.ts';

const temporary = (): string => mkdtempSync(join(tmpdir(), 'parvis-keys-'));

keyVaultContract('SQLite', async () => {
  const folder = temporary();
  return {
    open: async (networkKey) => openSqliteKeyVault(join(folder, 'keys.db'), networkKey),
    dispose: async () => rmSync(folder, { recursive: true }),
  };
});

describe('files of the SQLite key vault', () => {
  const networkKey = randomBytes(32);
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = temporary();
    file = join(folder, 'keys.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** How often the bytes occur in any file of the vault: database, write-ahead log, shared memory, journal. */
  const occurrences = (needle: Uint8Array): number =>
    readdirSync(folder)
      .map((name) => readFileSync(join(folder, name)))
      .reduce((count, bytes) => {
        let found = count;
        for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) found += 1;
        return found;
      }, 0);

  const wrappedKeys = (): Map<string, Uint8Array> => {
    const reader = new DatabaseSync(file, { readOnly: true });
    const rows = reader.prepare('SELECT personId, kind, wrapped FROM keys WHERE state = 1').all();
    reader.close();
    return new Map(rows.map((row) => [`${row.personId}/${row.kind}`, row.wrapped as Uint8Array]));
  };

  it('hold no key as it is', async () => {
    const vault = openSqliteKeyVault(file, networkKey);
    const person = randomId();
    await vault.create(person);
    const [state] = await vault.get([{ personId: person, kind: 'who' }]);
    if (state?.state !== 'present') throw new Error('the key is there');
    expect(occurrences(state.key)).toBe(0);
    expect(occurrences(networkKey)).toBe(0);
    await vault.close();
  });

  it('hold no byte of a destroyed key, among thousands and after a rewrap', async () => {
    const vault = openSqliteKeyVault(file, networkKey);
    const people = Array.from({ length: 1_500 }, randomId);
    for (const person of people) await vault.create(person);
    const firstWrapping = wrappedKeys();
    const second = randomBytes(32);
    await vault.rewrap(second);
    const wrapping = wrappedKeys();
    const erased = people.filter((_person, index) => index % 50 === 0);
    // The search can see: every wrapped key is found before its destruction, and no older wrapping any more.
    for (const person of erased) {
      expect(occurrences(wrapping.get(`${person}/who`) as Uint8Array)).toBeGreaterThan(0);
      expect(occurrences(firstWrapping.get(`${person}/who`) as Uint8Array)).toBe(0);
    }
    for (const person of erased) await vault.destroy({ personId: person, kind: 'who' });
    for (const person of erased) {
      const wrapped = wrapping.get(`${person}/who`) as Uint8Array;
      // Neither the whole nor its secret middle, wherever pages were split.
      expect(occurrences(wrapped.subarray(12, 44))).toBe(0);
      expect(occurrences(wrapped.subarray(0, 12))).toBe(0);
      expect(occurrences(wrapping.get(`${person}/contributions`) as Uint8Array)).toBe(1);
    }
    expect(statSync(`${file}-wal`).size).toBe(0);
    await vault.close();
  });

  it('belong to their owner alone', async () => {
    const vault = openSqliteKeyVault(file, networkKey);
    await vault.create(randomId());
    const modes = [file, `${file}-wal`, `${file}-shm`].filter((path) => existsSync(path)).map((path) => statSync(path).mode & 0o777);
    expect(modes.length).toBeGreaterThan(1);
    expect(new Set(modes)).toEqual(new Set([0o600]));
    await vault.close();
  });

  it('give no key that was moved to another person', async () => {
    const vault = openSqliteKeyVault(file, networkKey);
    const [first, second] = [randomId(), randomId()];
    await vault.create(first);
    await vault.create(second);
    await vault.close();
    const writer = new DatabaseSync(file);
    writer
      .prepare(
        `UPDATE keys SET wrapped = (SELECT wrapped FROM keys WHERE personId = ? AND kind = 'who') WHERE personId = ? AND kind = 'who'`,
      )
      .run(first, second);
    writer.close();
    const reopened = openSqliteKeyVault(file, networkKey);
    await expect(reopened.get([{ personId: second, kind: 'who' }])).rejects.toMatchObject({ code: 'network-key-mismatch' });
    await reopened.close();
  });

  it('tell when another reader keeps the write-ahead log from being emptied, and succeed after it left', async () => {
    const vault = openSqliteKeyVault(file, networkKey);
    const person = randomId();
    await vault.create(person);
    const wrapped = wrappedKeys().get(`${person}/who`) as Uint8Array;
    const reader = new DatabaseSync(file, { readOnly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM keys').get();
    await expect(vault.destroy({ personId: person, kind: 'who' })).rejects.toMatchObject({ code: 'key-vault-busy' });
    expect(await vault.get([{ personId: person, kind: 'who' }])).toEqual([{ state: 'destroyed' }]);
    reader.exec('COMMIT');
    reader.close();
    await vault.destroy({ personId: person, kind: 'who' });
    expect(occurrences(wrapped)).toBe(0);
    await vault.close();
  });
});
