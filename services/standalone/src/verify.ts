/** `parvis verify`: reads every log of a data folder from its first event, on connections that can't write. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteLogReader } from '@parvis/kit/adapters/sqlite/log/reader.ts';
import { type Finding, MOST_FINDINGS, verifyLog } from '@parvis/kit/eventing/verifyLog.ts';

export interface VerifyOptions {
  readonly dataFolder: string;
  /** Services whose logs must be there. */
  readonly services: readonly string[];
  readonly print: (line: string) => void;
}

/** Needs no network and disturbs none that runs. @returns how many findings there are; 0: all is well. */
export const verifyDataFolder = async ({ dataFolder, services, print }: VerifyOptions): Promise<number> => {
  let findings = 0;
  for (const source of services) {
    const folder = join(dataFolder, source);
    if (!existsSync(join(folder, 'log.db'))) {
      print(`${source}: ${folder} holds no log`);
      findings += 1;
      continue;
    }
    findings += await verifyService(source, folder, print);
  }
  return findings;
};

const verifyService = async (source: string, folder: string, print: (line: string) => void): Promise<number> => {
  const log = openSqliteLogReader({ source, folder });
  try {
    const { events, commands, findings } = await verifyLog(log);
    for (const finding of findings) print(`${source}: ${describe(finding)}`);
    const most = findings.length === MOST_FINDINGS ? ' or more' : '';
    print(`${source}: ${events} events of ${commands} commands, ${findings.length}${most} findings`);
    return findings.length;
  } finally {
    await log.close();
  }
};

const describe = ({ code, lane, position, message }: Finding): string => {
  const place = lane === undefined ? '' : ` at lane ${lane}, position ${position}`;
  return `${code}${place}: ${message}`;
};
