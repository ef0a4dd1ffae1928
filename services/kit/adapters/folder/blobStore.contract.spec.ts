import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomId } from '../../runtime/ids.ts';
import { blobStoreContract } from '../../testing/contracts/blobStoreContract.ts';
import { createFolderBlobStore } from './blobStore.ts';

const temporary = (): string => mkdtempSync(join(tmpdir(), 'parvis-blobs-'));

blobStoreContract('folder', async () => {
  const folder = temporary();
  return { open: async () => createFolderBlobStore({ folder }), dispose: async () => rmSync(folder, { recursive: true }) };
});

describe('folder of blobs', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporary();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const files = (): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));

  it('takes a full disk for a full disk and leaves no half file', async () => {
    const store = createFolderBlobStore({ folder });
    async function* full(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(100_000);
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    }
    await expect(store.put(randomId(), full())).rejects.toMatchObject({ kind: 'storage-full' });
    expect(files()).toEqual([]);
    await store.close();
  });

  it('removes what a process that died left half written, and nothing else', async () => {
    const first = createFolderBlobStore({ folder });
    const id = randomId();
    await first.put(
      id,
      (async function* () {
        yield Buffer.from('whole');
      })(),
    );
    await first.close();
    const shard = readdirSync(folder)[0] as string;
    writeFileSync(join(folder, shard, `${randomId()}.part`), 'half');
    const second = createFolderBlobStore({ folder });
    await second.list({ limit: 1 });
    expect(files()).toEqual([id]);
    await second.close();
  });

  it('is for its owner alone', async () => {
    const store = createFolderBlobStore({ folder: join(folder, 'blobs') });
    const id = randomId();
    await store.put(
      id,
      (async function* () {
        yield Buffer.from('x');
      })(),
    );
    expect(statSync(join(folder, 'blobs')).mode & 0o777).toBe(0o700);
    const shard = readdirSync(join(folder, 'blobs'))[0] as string;
    expect(statSync(join(folder, 'blobs', shard, id)).mode & 0o777).toBe(0o600);
    await store.close();
  });
});
