/**
 * One writer per log: an exclusive lock on `log.lock`, a SQLite file that stays empty. The operating system releases it
 * when the process ends, however it ends, so there is never a stale lock to remove by hand.
 */
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const LOCK_FILE = 'log.lock';
const SQLITE_BUSY = 5;

/** @returns a function that releases the lock. @throws when another process, or another log in this one, holds it. */
export const lockLogFolder = (folder: string): (() => void) => {
  const file = resolve(folder, LOCK_FILE);
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw error;
    throw new Error(`the log in ${folder} is already open for writing: ${file} is locked by another process (or by this one)`, {
      cause: error,
    });
  }
  return () => lock.close();
};
