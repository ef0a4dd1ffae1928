import { access, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { Mailer } from '../../ports/mailer.ts';
import { storageFull } from '../../runtime/errors.ts';
import { mailKeyOf, messageOf } from './mailMessage.ts';

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const write = async (path: string, message: Buffer): Promise<void> => {
  const part = `${path}.part`;
  const handle = await open(part, 'w', 0o600);
  try {
    await handle.writeFile(message);
    await handle.sync();
    await handle.close();
    await rename(part, path);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(part, { force: true });
    throw (error as { code?: unknown }).code === 'ENOSPC' ? storageFull(error) : error;
  }
};

/** Tells the folder whom a mail is to and about; a mail that leaves by SMTP carries no such line. */
const PERSONS_HEADER = 'X-Parvis-Persons';

const personsOf = (message: string): string[] => {
  const headers = message.slice(0, message.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ');
  const line = headers.split('\r\n').find((header) => header.toLowerCase().startsWith(`${PERSONS_HEADER.toLowerCase()}:`));
  return line === undefined
    ? []
    : line
        .slice(PERSONS_HEADER.length + 1)
        .split(' ')
        .filter(Boolean);
};

const isMissing = (error: unknown): boolean => (error as { code?: unknown }).code === 'ENOENT';

const forget = async (folder: string, personId: string): Promise<void> => {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  for (const name of names.filter((known) => known.endsWith('.eml'))) {
    const message = await readFile(join(folder, name), 'latin1');
    if (personsOf(message).includes(personId)) await rm(join(folder, name), { force: true });
  }
};

/** Mails as `.eml` files of a folder, one per mail id: a repeated send changes nothing. */
export const createFileMailer = (folder: string, from: string): Mailer => {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  return {
    async send(mail) {
      const { headers, ...rest } = messageOf(mail, from);
      const persons = mail.persons ?? [];
      const message = { ...rest, headers: persons.length === 0 ? headers : { ...headers, [PERSONS_HEADER]: persons.join(' ') } };
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, `${mailKeyOf(mail.id)}.eml`);
      if (await exists(path)) return;
      const sent = await transport.sendMail(message);
      await write(path, sent.message as Buffer);
    },
    forget: (personId) => forget(folder, personId),
    close: async () => transport.close(),
  };
};
