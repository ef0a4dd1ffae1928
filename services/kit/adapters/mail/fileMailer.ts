import { access, mkdir, open, rename, rm } from 'node:fs/promises';
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

/** Mails as `.eml` files of a folder, one per mail id: a repeated send changes nothing. */
export const createFileMailer = (folder: string, from: string): Mailer => {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  return {
    async send(mail) {
      const message = messageOf(mail, from);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, `${mailKeyOf(mail.id)}.eml`);
      if (await exists(path)) return;
      const sent = await transport.sendMail(message);
      await write(path, sent.message as Buffer);
    },
    close: async () => transport.close(),
  };
};
