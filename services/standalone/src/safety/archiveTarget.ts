/** Where the parts of a backup go: a tar file or a folder, under another name until all of it is on the disk. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { MANIFEST, type Manifest } from './manifest.ts';

export interface ArchiveTarget {
  /** Adds the bytes of a file under a name of the archive. @returns false when the file is no longer there */
  add(name: string, file: string): Promise<boolean>;
  /** Writes the manifest last, and gives the archive its name. */
  finish(manifest: Omit<Manifest, 'parts'>): Promise<void>;
  /** Leaves nothing behind. */
  abort(): Promise<void>;
}

type Part = Manifest['parts'][number];

export const syncFile = async (path: string): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const isMissing = (error: unknown): boolean => (error as { code?: unknown }).code === 'ENOENT';

/** Bytes on their way, counted and hashed. */
const copied = async (name: string, file: string, to: Writable): Promise<Part> => {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(createReadStream(file), measure, to);
  return { name, sizeBytes, sha256: hash.digest('hex') };
};

const manifestText = (manifest: Omit<Manifest, 'parts'>, parts: readonly Part[]): string =>
  `${JSON.stringify({ ...manifest, parts }, undefined, 1)}\n`;

const folderTarget = async (to: string): Promise<ArchiveTarget> => {
  const partial = `${to}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: 0o700 });
  const parts: Part[] = [];
  const write = async (name: string, file: string): Promise<Part> => {
    const path = join(partial, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const part = await copied(name, file, createWriteStream(path, { mode: 0o600 }));
    await syncFile(path);
    return part;
  };
  return {
    async add(name, file) {
      // Blobs may be removed while the backup runs; everything else is there.
      if (!existsSync(file)) return false;
      parts.push(await write(name, file));
      return true;
    },
    async finish(manifest) {
      const handle = await open(join(partial, MANIFEST), 'w', 0o600);
      try {
        await handle.writeFile(manifestText(manifest, parts));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(partial, to);
      await syncFile(dirname(to));
    },
    abort: () => rm(partial, { recursive: true, force: true }),
  };
};

const tarTarget = async (to: string): Promise<ArchiveTarget> => {
  const partial = `${to}.partial`;
  await mkdir(dirname(to), { recursive: true });
  const tar = pack();
  let failure: unknown;
  const written = pipeline(tar, createWriteStream(partial, { mode: 0o600 })).catch((error: unknown) => {
    failure = error;
  });
  const parts: Part[] = [];
  /** A write that fails ends the pipe; whoever waits for the entry hears of it here. */
  const unlessFailed = async <T>(work: Promise<T>): Promise<T> => {
    const failed = written.then(() => {
      throw failure ?? new Error('the archive was closed');
    });
    failed.catch(() => undefined);
    return Promise.race([work, failed]);
  };
  return {
    async add(name, file) {
      let size: number;
      try {
        ({ size } = await stat(file));
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
      const entry = tar.entry({ name, size, mode: 0o600 });
      parts.push(await unlessFailed(copied(name, file, entry as unknown as Writable)));
      return true;
    },
    async finish(manifest) {
      const text = manifestText(manifest, parts);
      await unlessFailed(
        new Promise<void>((resolve, reject) => {
          tar.entry({ name: MANIFEST, mode: 0o600 }, text, (error) => (error ? reject(error) : resolve()));
        }),
      );
      tar.finalize();
      await written;
      if (failure !== undefined) throw failure;
      await syncFile(partial);
      await rename(partial, to);
      await syncFile(dirname(to));
    },
    async abort() {
      tar.destroy();
      await written;
      await rm(partial, { force: true });
    },
  };
};

/** @param to a name that ends in .tar, or that of a folder; neither may be there yet. @throws when it is */
export const openArchiveTarget = async (to: string): Promise<ArchiveTarget> => {
  if (existsSync(to)) throw new Error(`${to} is there already: a backup never overwrites another`);
  return basename(to).endsWith('.tar') ? tarTarget(to) : folderTarget(to);
};
