/** The mails that a network without an SMTP server leaves in its folder. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ReadableMail, readableMail } from '@parvis/gateway/src/pages/mailText.ts';

/** Those to an address, in no order. */
export const mailsTo = async (folder: string, address: string): Promise<ReadableMail[]> => {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const mails = await Promise.all(names.filter((name) => name.endsWith('.eml')).map((name) => readFile(join(folder, name), 'latin1')));
  return mails.map(readableMail).filter(({ to }) => to.includes(address));
};
