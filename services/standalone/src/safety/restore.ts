/**
 * `parvis restore`: a backup becomes a new data folder. Everything is unpacked and checked beside it first and takes its
 * name last, so that a restore that fails leaves nothing. The logs begin a new epoch; views and index build themselves.
 */
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { openSqliteKeyVault } from '@parvis/kit/adapters/sqlite/keyVault.ts';
import { createSqliteLogImporter } from '@parvis/kit/adapters/sqlite/log/importer.ts';
import { rewriteState } from '@parvis/kit/adapters/sqlite/snapshot.ts';
import type { KeyRef } from '@parvis/kit/ports/keyVault.ts';
import type { LogImporter } from '@parvis/kit/ports/logTransfer.ts';
import { randomId } from '@parvis/kit/runtime/ids.ts';
import { unpackArchive } from './archiveSource.ts';
import { syncFile } from './archiveTarget.ts';
import { keysArchiveOf } from './backup.ts';
import { type CarriedLogs, carryCommandId, carryRow } from './carryState.ts';
import { erasedFileOf, readErased } from './erasedList.ts';
import { CUT_ORDER, KEY_FILES, restoringFolderOf, STATE_FILES } from './folderLayout.ts';
import { commandFromLine, eventFromLine } from './logFile.ts';
import { type CutLog, MANIFEST, type Manifest } from './manifest.ts';
import { type RestoredMark, writeRestoredMark } from './restoredMark.ts';

const PAGE = 1_000;

export interface RestoreOptions {
  readonly from: string;
  /** Default: beside the backup. */
  readonly keys: string | undefined;
  /** List of who was erased; default: beside the data folder. `none`: nobody was. */
  readonly erased: string | undefined;
  /** Must be absent or empty. */
  readonly dataFolder: string;
  readonly networkKey: Uint8Array;
}

export interface RestoreReport {
  readonly events: number;
  /** Persons whose keys were destroyed again. */
  readonly erasedAgain: number;
  readonly createdAt: string;
}

const isEmptyOrAbsent = (folder: string): boolean => !existsSync(folder) || readdirSync(folder).length === 0;

/** @throws when the list is neither given nor where it belongs: a lost list must not pass for an empty one */
const erasedRefs = ({ erased, dataFolder }: RestoreOptions): readonly KeyRef[] => {
  if (erased === 'none') return [];
  const file = erased ?? erasedFileOf(dataFolder);
  if (existsSync(file)) return readErased(file);
  throw new Error(`${file} is not there: give the list of who was erased with --erased FILE, or --erased none when nobody was`);
};

async function* pagesOf<T>(file: string, parse: (line: string) => T): AsyncGenerator<T[]> {
  let page: T[] = [];
  for await (const line of createInterface({ input: createReadStream(file, 'utf8') })) {
    page.push(parse(line));
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

const importLog = async (folder: string, source: string, logs: CarriedLogs, importer: LogImporter): Promise<number> => {
  const part = (kind: string): string => join(folder, 'logs', `${source}.${kind}.jsonl`);
  const { newEpoch } = logs[source] as CarriedLogs[string];
  let events = 0;
  for await (const page of pagesOf(part('events'), (line) => eventFromLine(line, newEpoch))) {
    await importer.importLane(page.map((event) => ({ ...event, commandId: carryCommandId(logs, event.commandId) })));
    events += page.length;
  }
  for await (const page of pagesOf(part('commands'), commandFromLine)) {
    const lanes = Map.groupBy(page, ({ result }) => result.last.lane);
    for (const [lane, commands] of lanes) {
      const carried = commands.map((command) => ({ ...command, commandId: carryCommandId(logs, command.commandId) }));
      await importer.importCommands(lane, carried);
    }
  }
  return events;
};

const importLogs = async (folder: string, manifest: Manifest, logs: CarriedLogs): Promise<number> => {
  let events = 0;
  for (const source of CUT_ORDER) {
    const { lanes, hash, events: expected } = manifest.logs[source] as CutLog;
    const header = { epoch: (logs[source] as CarriedLogs[string]).newEpoch, lanes, hash };
    const importer = createSqliteLogImporter({ folder: join(folder, source), header });
    try {
      const imported = await importLog(folder, source, logs, importer);
      if (imported !== expected) throw new Error(`${source}: ${imported} events, the backup should hold ${expected}`);
      events += imported;
    } finally {
      await importer.close();
    }
  }
  await rm(join(folder, 'logs'), { recursive: true });
  return events;
};

/** Destroys again what was erased since. @returns the persons whose erasure the restored history may not know */
const eraseAgain = async (folder: string, networkKey: Uint8Array, refs: readonly KeyRef[]): Promise<RestoredMark['eraseAgain']> => {
  const vault = openSqliteKeyVault(join(folder, 'keys', 'keys.db'), networkKey);
  try {
    const known = new Set((await vault.destroyed()).map(({ personId, kind }) => `${personId}/${kind}`));
    const persons = new Map<string, boolean>();
    for (const ref of refs) {
      if (!known.has(`${ref.personId}/${ref.kind}`)) await vault.destroy(ref);
      persons.set(ref.personId, (persons.get(ref.personId) ?? false) || ref.kind === 'contributions');
    }
    return [...persons].map(([personId, contributions]) => ({ personId, contributions }));
  } finally {
    await vault.close();
  }
};

const unpackKeys = async (from: string, folder: string): Promise<void> => {
  const apart = join(folder, 'unpacked');
  await mkdir(apart);
  await unpackArchive(from, apart, 'parvis-backup-keys');
  for (const name of KEY_FILES) {
    await mkdir(dirname(join(folder, name)), { recursive: true, mode: 0o700 });
    await rename(join(apart, name), join(folder, name));
  }
  await rm(apart, { recursive: true });
};

const build = async (folder: string, options: RestoreOptions, refs: readonly KeyRef[]): Promise<RestoreReport> => {
  const manifest = await unpackArchive(options.from, folder, 'parvis-backup');
  await rm(join(folder, MANIFEST));
  await unpackKeys(options.keys ?? keysArchiveOf(options.from), folder);
  for (const source of CUT_ORDER) if (!manifest.logs[source]) throw new Error(`${options.from}: the log of ${source} is missing`);
  const logs: CarriedLogs = Object.fromEntries(
    Object.entries(manifest.logs).map(([source, { epoch, heads, seen }]) => [source, { epoch, heads, seen, newEpoch: randomId() }]),
  );
  const events = await importLogs(folder, manifest, logs);
  for (const name of STATE_FILES) {
    const service = name.split('/')[0] as string;
    rewriteState(join(folder, name), (row) => carryRow(logs, service, row));
  }
  const again = await eraseAgain(folder, options.networkKey, refs);
  await writeRestoredMark(folder, {
    backupOf: manifest.createdAt,
    logs: Object.fromEntries(
      Object.entries(logs).map(([source, { epoch, newEpoch, heads }]) => [source, { from: epoch, epoch: newEpoch, heads: [...heads] }]),
    ),
    eraseAgain: again,
  });
  return { events, erasedAgain: again.length, createdAt: manifest.createdAt };
};

/** @throws when the folder is not empty, the backup is not whole, or the network key is another; nothing is left then */
export const restoreFolder = async (given: RestoreOptions): Promise<RestoreReport> => {
  const options = { ...given, from: resolve(given.from), dataFolder: resolve(given.dataFolder) };
  const { dataFolder } = options;
  if (!isEmptyOrAbsent(dataFolder)) throw new Error(`${dataFolder} is not empty: a backup is only restored into an empty folder`);
  const refs = erasedRefs(options);
  const folder = restoringFolderOf(dataFolder);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const report = await build(folder, options, refs);
    if (existsSync(dataFolder)) await rmdir(dataFolder);
    await rename(folder, dataFolder);
    await syncFile(dirname(dataFolder));
    return report;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
};
