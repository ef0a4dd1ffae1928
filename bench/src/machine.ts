/** What a reader of the report needs to know of the machine, and nothing that names it. */

import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { median } from './statistics.ts';

const FLUSHES = 200;

/** Milliseconds until a small write is on the disk, median: what one durable commit costs at least. */
const flushMs = (folder: string): number => {
  const file = join(folder, 'flush.probe');
  const handle = openSync(file, 'w');
  const times: number[] = [];
  const page = new Uint8Array(4096);
  for (let nth = 0; nth < FLUSHES; nth += 1) {
    const sinceMs = performance.now();
    writeSync(handle, page);
    fdatasyncSync(handle);
    times.push(performance.now() - sinceMs);
  }
  closeSync(handle);
  rmSync(file);
  return median(times);
};

const sqliteVersion = (): string => {
  const db = new DatabaseSync(':memory:');
  const version = String(db.prepare('SELECT sqlite_version() AS version').get()?.version);
  db.close();
  return version;
};

export const load = (): string =>
  loadavg()
    .map((average) => average.toFixed(1))
    .join(', ');

export const machineLines = (folder: string): [string, string][] => [
  ['processor', `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores`],
  ['memory', `${Math.round(totalmem() / 2 ** 30)} GB`],
  ['system', `${type()} ${release()}`],
  ['Node, SQLite', `${process.version}, ${sqliteVersion()}`],
  ['a durable write of 4 KB', `${flushMs(folder).toFixed(2)} ms`],
];
