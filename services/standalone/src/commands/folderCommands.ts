/** verify, backup, restore, migrate: what keeps a network safe (docs/operations.md). */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadNetworkKey } from '../networkKey.ts';
import { backupFolder } from '../safety/backup.ts';
import { migrateFolder } from '../safety/migrate.ts';
import { restoreFolder } from '../safety/restore.ts';
import { type Verified, verifyDataFolder } from '../verify.ts';
import { CommandRefused, type Print } from './command.ts';
import type { FolderCommand } from './folderCommand.ts';

const countOf = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

const tell = ({ events, streams, findings }: Verified, print: Print): number => {
  const found = findings === 0 ? 'no findings' : countOf(findings, 'finding');
  print(`verified ${countOf(events, 'event')} in ${countOf(streams, 'stream')}, ${found}`);
  return findings === 0 ? 0 : 1;
};

const oneArgument = (args: readonly string[], expected: string): string => {
  const [only, ...more] = args;
  if (only === undefined || more.length > 0 || only.startsWith('-')) throw new CommandRefused(expected);
  return only;
};

const verifyCommand: FolderCommand = {
  name: 'verify',
  usage: '',
  summary: 'read the whole folder and tell what is wrong, one finding a line; also while the network runs',
  async run({ dataFolder }, args, print) {
    if (args.length > 0) throw new CommandRefused('no argument: parvis verify');
    return tell(await verifyDataFolder({ dataFolder, print }), print);
  },
};

const backupCommand: FolderCommand = {
  name: 'backup',
  usage: 'TO.tar | FOLDER',
  summary: 'copy what can not be rebuilt, also while the network runs; the keys go into a second file beside it',
  async run({ dataFolder }, args, print) {
    const to = oneArgument(args, 'one place: parvis backup TO.tar, or a folder');
    const { events, files, keys, ...report } = await backupFolder({ dataFolder, to, now: () => new Date() });
    print(`backed up ${countOf(events, 'event')} and ${countOf(files, 'file')} to ${report.to}`);
    print(`keys: ${keys} (keep it apart, and for 30 days at most: as long as it exists, who was erased can be read)`);
    return 0;
  },
};

const restoreCommand: FolderCommand = {
  name: 'restore',
  usage: 'FROM [--keys FILE] [--erased FILE | none]',
  summary: 'make an empty folder into the network of a backup; who was erased since stays erased',
  async run(config, args, print) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { keys: { type: 'string' }, erased: { type: 'string' } },
    });
    const from = oneArgument(positionals, 'one backup: parvis restore FROM');
    const { dataFolder } = config;
    const { key, file } = config.networkKey;
    if (key === undefined && !existsSync(file)) throw new Error(`${file} is not there: a restore needs the key of the network`);
    const networkKey = loadNetworkKey(config.networkKey);
    const report = await restoreFolder({ from, keys: values.keys, erased: values.erased, dataFolder, networkKey });
    print(`restored ${countOf(report.events, 'event')} as of ${report.createdAt} into ${dataFolder}`);
    if (report.erasedAgain > 0) print(`${countOf(report.erasedAgain, 'erased person')} stay erased`);
    return tell(await verifyDataFolder({ dataFolder, print }), print);
  },
};

const migrateCommand: FolderCommand = {
  name: 'migrate',
  usage: '--to sqlite:FOLDER',
  summary: 'copy a stopped network into another, empty store; its history goes on there',
  async run({ dataFolder }, args, print) {
    const { values } = parseArgs({ args: [...args], options: { to: { type: 'string' } } });
    if (values.to === undefined) throw new CommandRefused('--to sqlite:FOLDER');
    const { events, folder } = await migrateFolder({ dataFolder, to: values.to });
    print(`copied ${countOf(events, 'event')} into ${folder}; keep the network key with it`);
    return tell(await verifyDataFolder({ dataFolder: folder, print }), print);
  },
};

export const folderCommands: readonly FolderCommand[] = [verifyCommand, backupCommand, restoreCommand, migrateCommand];
