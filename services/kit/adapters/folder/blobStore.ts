import { createReadStream } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobStore } from '../../ports/blobStore.ts';
import { invalid, notFound, storageFull } from '../../runtime/errors.ts';

/** Random ids of at least 128 bits: 22 characters of base64url, 26 of base32, 32 of hex. No dot, no separator: no path. */
const ID = /^[A-Za-z0-9_-]{22,64}$/;
const PART = '.part';
/** Most ids of one listing. */
export const BLOB_LIST_LIMIT = 1_000;

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

const codeOf = (error: unknown): string => String((error as { code?: unknown } | undefined)?.code ?? '');

const checkId = (id: string): string => {
  if (!ID.test(id)) throw invalid('blobId', 'a random id of 22 to 64 letters and digits');
  return id;
};

/** Folders by the first characters keep each short; case is folded, for file systems that do not tell it apart. */
const shardOf = (id: string): string => id.slice(0, 2).toLowerCase();

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Writes to a part file and puts it in place when it is whole and on the disk; any failure leaves nothing. */
const write = async (folder: string, id: string, content: AsyncIterable<Uint8Array>): Promise<number> => {
  const shard = join(folder, shardOf(id));
  await mkdir(shard, { recursive: true, mode: 0o700 });
  const part = join(shard, `${id}${PART}`);
  let sizeBytes = 0;
  // 'wx': of two who write one id at once, the second is refused instead of mixing its bytes in.
  const handle = await open(part, 'wx', 0o600);
  try {
    for await (const chunk of content) {
      await handle.writeFile(chunk);
      sizeBytes += chunk.length;
    }
    await handle.sync();
    await handle.close();
    await rename(part, join(shard, id));
    await syncFolder(shard);
    return sizeBytes;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
};

/** Part files of a process that died while writing. */
const removeParts = async (folder: string): Promise<void> => {
  for (const shard of await readdir(folder)) {
    const names = await readdir(join(folder, shard)).catch(() => []);
    for (const name of names) if (name.endsWith(PART)) await rm(join(folder, shard, name), { force: true });
  }
};

const readFile = async (path: string): Promise<AsyncIterable<Uint8Array>> => {
  const handle = await open(path, 'r');
  return createReadStream('', { fd: handle, highWaterMark: 64 * 1024 });
};

const list = async (folder: string, after: string, limit: number): Promise<string[]> => {
  const ids: string[] = [];
  for (const shard of await readdir(folder)) {
    const names = await readdir(join(folder, shard)).catch(() => []);
    ids.push(...names.filter((name) => ID.test(name) && name > after));
  }
  return ids.sort((left, right) => (left < right ? -1 : 1)).slice(0, limit);
};

/**
 * Blobs as files of a folder, written once. A file is there whole or not at all, also after a crash; one process holds
 * the folder.
 */
export const createFolderBlobStore = ({ folder }: { readonly folder: string }): BlobStore => {
  const ready = (async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeParts(folder);
  })();
  ready.catch(() => undefined);
  const pathOf = (id: string): string => join(folder, shardOf(checkId(id)), id);
  return {
    async put(id, content) {
      checkId(id);
      await ready;
      try {
        return { sizeBytes: await write(folder, id, content) };
      } catch (error) {
        throw NO_SPACE.has(codeOf(error)) ? storageFull(error) : error;
      }
    },
    async get(id) {
      try {
        return await readFile(pathOf(id));
      } catch (error) {
        throw codeOf(error) === 'ENOENT' ? notFound('file') : error;
      }
    },
    exists: (id) =>
      access(pathOf(id)).then(
        () => true,
        () => false,
      ),
    delete: (id) => rm(pathOf(id), { force: true }),
    async list({ after = '', limit }) {
      if (!Number.isInteger(limit) || limit < 1 || limit > BLOB_LIST_LIMIT) throw invalid('limit', `1 to ${BLOB_LIST_LIMIT}`);
      await ready;
      return list(folder, after, limit);
    },
    close: async () => void (await ready),
  };
};
