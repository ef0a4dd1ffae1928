/**
 * `parvis migrate`: moves a stopped network into another store. The epoch stays, so marks and effects stay valid and no
 * mail goes out twice; views and index build themselves at the first start. Logs go through the ports every store has.
 */
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createFolderReader } from '@parvis/kit/adapters/folder/blobFiles.ts';
import { lockLogFolder } from '@parvis/kit/adapters/sqlite/log/folderLock.ts';
import { createSqliteLogImporter } from '@parvis/kit/adapters/sqlite/log/importer.ts';
import { openSqliteLogReader } from '@parvis/kit/adapters/sqlite/log/reader.ts';
import { snapshotDatabase } from '@parvis/kit/adapters/sqlite/snapshot.ts';
import { syncFile } from './archiveTarget.ts';
import { copyLog } from './copyLog.ts';
import { erasedFileOf } from './erasedList.ts';
import { BLOBS, CUT_ORDER, KEY_FILES, STATE_FILES } from './folderLayout.ts';

export interface MigrateOptions {
  readonly dataFolder: string;
  /** `sqlite:FOLDER`, absent or empty. */
  readonly to: string;
}

const folderOf = (to: string): string => {
  const [, folder] = /^sqlite:(.+)$/.exec(to) ?? [];
  if (folder === undefined) throw new Error(`${to}: expected sqlite:FOLDER`);
  return resolve(folder);
};

const copyParts = async (from: string, folder: string): Promise<number> => {
  let events = 0;
  for (const source of CUT_ORDER) {
    const reader = openSqliteLogReader({ source, folder: join(from, source) });
    const importer = createSqliteLogImporter({ folder: join(folder, source), header: await reader.header() });
    try {
      events += await copyLog(reader, importer);
    } finally {
      await importer.close();
      await reader.close();
    }
  }
  for (const name of [...STATE_FILES, ...KEY_FILES]) {
    await mkdir(dirname(join(folder, name)), { recursive: true, mode: 0o700 });
    snapshotDatabase(join(from, name), join(folder, name));
  }
  for await (const { path, file } of createFolderReader(join(from, BLOBS)).all()) {
    const target = join(folder, BLOBS, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await copyFile(file, target);
    await syncFile(target);
  }
  return events;
};

/** Holds every log of the folder while the body runs. @throws when a network runs on it */
const whileStopped = async <T>(dataFolder: string, body: () => Promise<T>): Promise<T> => {
  const releases: (() => void)[] = [];
  try {
    for (const source of CUT_ORDER) {
      if (!existsSync(join(dataFolder, source, 'log.db'))) throw new Error(`${dataFolder} holds no network: ${source} has no log`);
      releases.push(lockLogFolder(join(dataFolder, source)));
    }
    return await body();
  } finally {
    for (const release of releases) release();
  }
};

/** @returns how many events were copied. @throws when the network runs, or the target is not empty; nothing is left then */
export const migrateFolder = async ({ dataFolder, to }: MigrateOptions): Promise<{ events: number; folder: string }> => {
  const target = folderOf(to);
  if (existsSync(target) && readdirSync(target).length > 0) throw new Error(`${target} is not empty: a network moves into an empty folder`);
  return whileStopped(dataFolder, async () => {
    const partial = `${target}.partial`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true, mode: 0o700 });
    try {
      const events = await copyParts(dataFolder, partial);
      if (existsSync(erasedFileOf(dataFolder))) await copyFile(erasedFileOf(dataFolder), erasedFileOf(target));
      if (existsSync(target)) await rmdir(target);
      await rename(partial, target);
      await syncFile(dirname(target));
      return { events, folder: target };
    } catch (error) {
      await rm(partial, { recursive: true, force: true });
      throw error;
    }
  });
};
