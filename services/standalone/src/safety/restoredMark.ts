/** What `parvis restore` leaves in the folder: where its history comes from, and who is to be erased again. */
import { existsSync } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { syncFile } from './archiveTarget.ts';
import { RESTORED_FILE } from './folderLayout.ts';

const schema = z.strictObject({
  backupOf: z.string(),
  /** Where each log was cut: younger events were written here. */
  logs: z.record(z.string(), z.strictObject({ from: z.string(), epoch: z.string(), heads: z.array(z.number()) })),
  /** Erased after the backup was made; emptied once their erasure is in the log. */
  eraseAgain: z.array(z.strictObject({ personId: z.string(), contributions: z.boolean() })),
});

export type RestoredMark = z.infer<typeof schema>;

export const readRestoredMark = async (dataFolder: string): Promise<RestoredMark | undefined> => {
  const path = join(dataFolder, RESTORED_FILE);
  return existsSync(path) ? schema.parse(JSON.parse(await readFile(path, 'utf8'))) : undefined;
};

export const writeRestoredMark = async (dataFolder: string, mark: RestoredMark): Promise<void> => {
  const path = join(dataFolder, RESTORED_FILE);
  const handle = await open(`${path}.part`, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(mark, undefined, 1)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.part`, path);
  await syncFile(dataFolder);
};
