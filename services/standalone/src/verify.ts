/**
 * `parvis verify`: reads a data folder whole, on connections that can't write: every log from its first event, then what
 * the logs rest on (keys, files) and what rests on them (marks of views and policies).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteLogReader } from '@parvis/kit/adapters/sqlite/log/reader.ts';
import { integrityOf } from '@parvis/kit/adapters/sqlite/snapshot.ts';
import { type Finding, MOST_FINDINGS, verifyLog } from '@parvis/kit/eventing/verifyLog.ts';
import { KEY_FILES, STATE_FILES } from './safety/folderLayout.ts';
import { findLostFiles } from './safety/verifyFiles.ts';
import { findLostKeys } from './safety/verifyKeys.ts';
import { findMarksBeyondHeads } from './safety/verifyMarks.ts';
import { LOG_SERVICES, type LogService, SERVICES } from './stores.ts';

export interface VerifyOptions {
  readonly dataFolder: string;
  /** Services whose logs must be there. */
  readonly services?: readonly string[];
  readonly print: (line: string) => void;
}

export interface Verified {
  readonly events: number;
  readonly streams: number;
  readonly findings: number;
}

/** Needs no network key and no network, and disturbs none that runs. Each finding is printed as a line of its own. */
export const verifyLogs = async ({ dataFolder, services = LOG_SERVICES, print }: VerifyOptions): Promise<Verified> => {
  const total = { events: 0, streams: 0, findings: 0 };
  for (const source of services) {
    const folder = join(dataFolder, source);
    if (!existsSync(join(folder, 'log.db'))) {
      print(`${source}: ${folder} holds no log`);
      total.findings += 1;
      continue;
    }
    const { events, streams, findings } = await verifyService(source, folder, print);
    total.events += events;
    total.streams += streams;
    total.findings += findings;
  }
  return total;
};

const verifyService = async (source: string, folder: string, print: (line: string) => void): Promise<Verified> => {
  const log = openSqliteLogReader({ source, folder });
  try {
    const { events, streams, findings } = await verifyLog(log);
    for (const finding of findings) print(`${source}: ${describe(finding)}`);
    if (findings.length === MOST_FINDINGS) print(`${source}: and more`);
    return { events, streams, findings: findings.length };
  } finally {
    await log.close();
  }
};

const describe = ({ code, lane, position, message }: Finding): string => {
  const place = lane === undefined ? '' : ` at lane ${lane}, position ${position}`;
  return `${code}${place}: ${message}`;
};

/** Files besides the logs: those that must be there, and those that views and search make when they are needed. */
const findDamagedFiles = (dataFolder: string): string[] => {
  const wanted = [...STATE_FILES, ...KEY_FILES];
  const built = [...SERVICES.map((service) => `${service}/views.db`), 'search/search.db', 'sessions/sessions.db'];
  const findings: string[] = [];
  for (const name of [...wanted, ...built]) {
    const file = join(dataFolder, name);
    if (existsSync(file)) findings.push(...integrityOf(file).map((message) => `${name}: ${message}`));
    else if (wanted.includes(name)) findings.push(`${name}: is not there`);
  }
  return findings;
};

/** Everything of a data folder. @throws when it holds no network */
export const verifyDataFolder = async ({ dataFolder, print }: Omit<VerifyOptions, 'services'>): Promise<Verified> => {
  const missing = LOG_SERVICES.filter((source: LogService) => !existsSync(join(dataFolder, source, 'log.db')));
  if (missing.length === LOG_SERVICES.length) throw new Error(`${dataFolder} holds no network`);
  const logs = await verifyLogs({ dataFolder, print });
  const damaged = findDamagedFiles(dataFolder);
  const findings = [...damaged];
  // What can't be opened is told once, not by every check that would need it.
  if (missing.length === 0 && damaged.length === 0) {
    findings.push(...(await findMarksBeyondHeads(dataFolder)), ...(await findLostKeys(dataFolder)), ...(await findLostFiles(dataFolder)));
  }
  for (const finding of findings) print(finding);
  return { ...logs, findings: logs.findings + findings.length };
};
