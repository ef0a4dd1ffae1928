import type { Mailer } from '../../ports/mailer.ts';
import { createFileMailer } from './fileMailer.ts';
import { createSmtpMailer } from './smtpMailer.ts';

export interface MailerOptions {
  /** `file:<folder>`, `smtp://…` or `smtps://…`. */
  readonly address: string;
  /** Sender, e.g. `Parvis <parvis@example.org>`. */
  readonly from: string;
}

/** The mailer that an address names. @throws for another scheme; the text leaves passwords out */
export const createMailer = ({ address, from }: MailerOptions): Mailer => {
  if (address.startsWith('file:')) return createFileMailer(address.slice('file:'.length), from);
  if (/^smtps?:\/\//.test(address)) return createSmtpMailer(address, from);
  throw new Error('mail address: expected file:<folder>, smtp://… or smtps://…');
};
