/**
 * `parvis backup`: a copy of what can't be rebuilt, while the network runs. The logs are cut in an order in which nothing
 * refers to what is not there; state follows, so that it knows of every effect of the logs' events; keys come last, so
 * that every sealed text has one.
 */
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createFolderReader } from '@parvis/kit/adapters/folder/blobFiles.ts';
import { openSqliteLogReader } from '@parvis/kit/adapters/sqlite/log/reader.ts';
import { snapshotDatabase } from '@parvis/kit/adapters/sqlite/snapshot.ts';
import type { LogReader } from '@parvis/kit/ports/logTransfer.ts';
import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import { type ArchiveTarget, openArchiveTarget } from './archiveTarget.ts';
import { BLOBS, CUT_ORDER, KEY_FILES, STATE_FILES } from './folderLayout.ts';
import { commandToLine, eventToLine } from './logFile.ts';
import { BACKUP_VERSION, type CutLog } from './manifest.ts';

const PAGE = 1_000;

export interface BackupOptions {
  readonly dataFolder: string;
  /** A folder or a name that ends in .tar; must not be there. The keys go beside it. */
  readonly to: string;
  readonly now: () => Date;
}

export interface BackupReport {
  readonly to: string;
  readonly keys: string;
  readonly events: number;
  readonly files: number;
}

/** Where the keys of a backup go: TO.keys.tar for a folder TO and for TO.tar. */
export const keysArchiveOf = (to: string): string => `${to.replace(/\.tar$/, '').replace(/\/+$/, '')}.keys.tar`;

async function* eventLines(log: LogReader, heads: readonly number[]): AsyncGenerator<string> {
  for (const [lane, head] of heads.entries()) {
    for (let after = 0; after < head; ) {
      const page = await log.readLane(lane, { after, limit: Math.min(PAGE, head - after) });
      const last = page.at(-1)?.position;
      if (last === undefined) throw new Error(`${log.source}: lane ${lane} ends at ${after}, its head is ${head}; see parvis verify`);
      yield `${page.map(eventToLine).join('\n')}\n`;
      after = last;
    }
  }
}

/** Commands whose events lie within the cut; later ones are of events that are not in the backup. */
async function* commandLines(log: LogReader, heads: readonly number[]): AsyncGenerator<string> {
  for (const [lane, head] of heads.entries()) {
    for (let after = ''; ; ) {
      const page = await log.readCommands(lane, { after, limit: PAGE });
      const kept = page.filter(({ result }) => result.last.position <= head);
      if (kept.length > 0) yield `${kept.map(commandToLine).join('\n')}\n`;
      if (page.length < PAGE) break;
      after = page.at(-1)?.commandId ?? after;
    }
  }
}

const countLines = (counts: { lines: number }) =>
  async function* (chunks: AsyncIterable<string>): AsyncGenerator<string> {
    for await (const chunk of chunks) {
      for (let at = chunk.indexOf('\n'); at >= 0; at = chunk.indexOf('\n', at + 1)) counts.lines += 1;
      yield chunk;
    }
  };

interface Backup {
  readonly dataFolder: string;
  readonly target: ArchiveTarget;
  /** One part at a time is made here before it goes into the archive. */
  readonly scratch: string;
}

const addLines = async ({ target, scratch }: Backup, name: string, lines: AsyncGenerator<string>): Promise<number> => {
  const file = join(scratch, 'part');
  const counts = { lines: 0 };
  await pipeline(Readable.from(lines), countLines(counts), createWriteStream(file, { mode: 0o600 }));
  await target.add(name, file);
  await rm(file);
  return counts.lines;
};

const addDatabase = async ({ dataFolder, target, scratch }: Backup, name: string): Promise<void> => {
  const file = join(scratch, 'part');
  snapshotDatabase(join(dataFolder, name), file);
  await target.add(name, file);
  await rm(file);
};

type Readers = Readonly<Record<string, LogReader>>;

const headsOf = async (readers: Readers): Promise<Record<string, number[]>> => {
  const heads: Record<string, number[]> = {};
  for (const source of CUT_ORDER) heads[source] = await (readers[source] as LogReader).heads();
  return heads;
};

const cutLogs = async (backup: Backup, readers: Readers): Promise<Record<string, CutLog>> => {
  const cut: Record<string, CutLog> = {};
  const places = new Map<string, { heads: number[]; seen: Record<string, number[]> }>();
  // All cuts first, a moment apart; copying takes its time.
  for (const source of CUT_ORDER) {
    const seen = await headsOf(readers);
    places.set(source, { seen, heads: await (readers[source] as LogReader).heads() });
  }
  for (const [source, { heads, seen }] of places) {
    const log = readers[source] as LogReader;
    const header = await log.header();
    const events = await addLines(backup, `logs/${source}.events.jsonl`, eventLines(log, heads));
    const commands = await addLines(backup, `logs/${source}.commands.jsonl`, commandLines(log, heads));
    cut[source] = { ...header, heads, seen, events, commands };
  }
  return cut;
};

/** Files first, before the cut and again after it: whatever the logs refer to at the cut was there at one of the two. */
const addBlobs = async ({ dataFolder, target }: Backup, added: Set<string>): Promise<void> => {
  for await (const { id, path, file } of createFolderReader(join(dataFolder, BLOBS)).all()) {
    if (added.has(id)) continue;
    if (await target.add(`${BLOBS}/${path}`, file)) added.add(id);
  }
};

const openReaders = (dataFolder: string): { readers: Readers; close(): Promise<void> } => {
  const readers: Record<string, LogReader> = {};
  const close = async (): Promise<void> => {
    for (const reader of Object.values(readers)) await reader.close();
  };
  for (const source of CUT_ORDER) {
    const folder = join(dataFolder, source);
    if (!existsSync(join(folder, 'log.db'))) throw new Error(`${dataFolder} holds no network: ${source} has no log`);
    readers[source] = openSqliteLogReader({ source, folder });
  }
  return { readers, close };
};

const inWords = (error: unknown, to: string): unknown => {
  const full = isParvisError(error, 'storage-full') || ['ENOSPC', 'EDQUOT'].includes(String((error as { code?: unknown }).code));
  return full ? new Error(`no space left for ${to}: nothing was kept of this backup`, { cause: error }) : error;
};

const writeBackup = async (backup: Backup, keys: ArchiveTarget, createdAt: string): Promise<Omit<BackupReport, 'to' | 'keys'>> => {
  const { readers, close } = openReaders(backup.dataFolder);
  try {
    const blobs = new Set<string>();
    await addBlobs(backup, blobs);
    const logs = await cutLogs(backup, readers);
    await addBlobs(backup, blobs);
    for (const name of STATE_FILES) await addDatabase(backup, name);
    for (const name of KEY_FILES) await addDatabase({ ...backup, target: keys }, name);
    // Keys first: a backup that has its name has its keys.
    await keys.finish({ format: 'parvis-backup-keys', version: BACKUP_VERSION, createdAt, logs: {} });
    await backup.target.finish({ format: 'parvis-backup', version: BACKUP_VERSION, createdAt, logs });
    return { events: Object.values(logs).reduce((sum, { events }) => sum + events, 0), files: blobs.size };
  } finally {
    await close();
  }
};

/** @throws when the target is there already, the folder holds no network, or no space is left: then nothing is kept */
export const backupFolder = async (options: BackupOptions): Promise<BackupReport> => {
  const { dataFolder } = options;
  const to = resolve(options.to);
  const keysTo = keysArchiveOf(to);
  const scratch = `${to}.scratch`;
  if (existsSync(keysTo)) throw new Error(`${keysTo} is there already: a backup never overwrites another`);
  await mkdir(dirname(to), { recursive: true });
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { mode: 0o700 });
  const opened: ArchiveTarget[] = [];
  try {
    const target = await openArchiveTarget(to);
    opened.push(target);
    const keys = await openArchiveTarget(keysTo);
    opened.push(keys);
    const report = await writeBackup({ dataFolder, target, scratch }, keys, options.now().toISOString());
    return { to, keys: keysTo, ...report };
  } catch (error) {
    for (const target of opened) await target.abort();
    // The keys may have their name already while the backup does not.
    if (!existsSync(to)) await rm(keysTo, { force: true });
    throw inWords(error, to);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};
