import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from '@jest/globals';
import { unavailable } from '@parvis/kit/runtime/errors.ts';
import { settled } from '@parvis/kit/testing/settled.ts';
import { createIdentityService } from './service.ts';
import { createIdentityNetwork, HOST_DOMAIN, type IdentityNetwork } from './testing/identityNetwork.ts';

let net: IdentityNetwork;
afterEach(() => net.network.close());

const filesUnder = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
};

describe('an erasure', () => {
  it('that the process did not live to finish is finished by the next', async () => {
    let broken = true;
    net = await createIdentityNetwork((ports) => ({
      ...ports,
      vault: {
        ...ports.vault,
        async destroy(ref) {
          if (broken) throw unavailable('vault.away', 'the vault is away');
          await ports.vault.destroy(ref);
        },
      },
    }));
    const admin = await net.administrator();
    const ada = await net.given({ email: `ada@${HOST_DOMAIN}` });
    await net.execute(admin, { $case: 'erasePerson', value: { personId: ada, contributions: true } });
    await net.service.stop();
    const refs = [
      { personId: ada, kind: 'who' },
      { personId: ada, kind: 'contributions' },
    ] as const;
    expect((await net.network.vault.get(refs)).map(({ state }) => state)).toEqual(['present', 'present']);
    broken = false;
    const next = await net.network.start(createIdentityService(net.ports));
    await settled([next], [net.ports.log]);
    expect((await net.network.vault.get(refs)).map(({ state }) => state)).toEqual(['destroyed', 'destroyed']);
    expect(net.network.accounts.calls.filter(({ operation }) => operation === 'erase')).toHaveLength(1);
  });

  it('leaves no text of the person in any file', async () => {
    net = await createIdentityNetwork();
    const admin = await net.administrator();
    const profile = { givenName: 'Canarygiven', familyName: 'Canaryfamily', title: 'Canarytitle', about: 'Canaryabout' };
    const ada = await net.given({ email: `canarymail@${HOST_DOMAIN}`, handle: 'canaryhandle', profile });
    await net.network.settled();
    await net.execute(admin, { $case: 'erasePerson', value: { personId: ada, contributions: true } });
    await net.network.settled();
    await net.service.stop();
    const files = await filesUnder(net.network.folder);
    for (const file of files.filter((name) => name.endsWith('.db'))) {
      // What SQLite does by itself from time to time; until then the write-ahead log still holds older pages.
      const database = new DatabaseSync(file);
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      database.close();
    }
    for (const file of files) {
      const text = (await readFile(file).catch(() => Buffer.alloc(0))).toString('latin1').toLowerCase();
      expect([file, /canary[a-z]*/.exec(text)?.[0]]).toEqual([file, undefined]);
    }
  });
});
