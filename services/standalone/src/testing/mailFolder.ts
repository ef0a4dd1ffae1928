/** The mails that a network without an SMTP server leaves in its folder. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const decoded = (mail: string): string => {
  const [head = '', ...body] = mail.split(/\r?\n\r?\n/);
  const text = body.join('\n\n');
  if (/^content-transfer-encoding: base64/im.test(head)) return `${head}\n\n${Buffer.from(text, 'base64').toString('utf8')}`;
  if (!/^content-transfer-encoding: quoted-printable/im.test(head)) return mail;
  const bytes = text.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return `${head}\n\n${Buffer.from(bytes, 'latin1').toString('utf8')}`;
};

/** Heads and texts of the mails to an address, in no order. */
export const mailsTo = async (folder: string, address: string): Promise<string[]> => {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const mails = await Promise.all(names.filter((name) => name.endsWith('.eml')).map((name) => readFile(join(folder, name), 'utf8')));
  return mails.filter((mail) => new RegExp(`^To: .*${address.replaceAll('.', '\\.')}`, 'im').test(mail)).map(decoded);
};
