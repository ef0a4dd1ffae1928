/** The files of a folder blob store as they lie there: for backup and migrate, which copy sealed bytes as they are. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const ID = /^[A-Za-z0-9_-]{22,64}$/;

export interface BlobFile {
  readonly id: string;
  /** Below the store's folder, with `/`. */
  readonly path: string;
  readonly file: string;
}

export interface BlobFiles {
  /** Whole files only, one shard at a time. A file may be gone by the time it is opened. */
  all(): AsyncGenerator<BlobFile>;
}

export const createFolderReader = (folder: string): BlobFiles => ({
  async *all() {
    const shards = await readdir(folder).catch(() => []);
    for (const shard of shards.sort()) {
      const names = await readdir(join(folder, shard)).catch(() => []);
      for (const id of names.sort()) if (ID.test(id)) yield { id, path: `${shard}/${id}`, file: join(folder, shard, id) };
    }
  },
});
