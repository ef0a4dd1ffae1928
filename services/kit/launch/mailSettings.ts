import { z } from 'zod';
import { createMailer } from '../adapters/mail/mailer.ts';
import type { Mailer } from '../ports/mailer.ts';
import type { ProcessConfig } from './processConfig.ts';

/** Variables of the services that send mail. */
export const mailSettings = {
  PARVIS_MAIL: z
    .string()
    .regex(/^(file|smtps?):/, 'an address that begins with file:, smtp: or smtps:')
    .optional(),
  PARVIS_MAIL_FROM: z.string().default('Parvis <parvis@localhost>'),
};

/** The mailer they name; without one, files in the data folder. */
export const openMailer = (
  config: ProcessConfig,
  settings: { readonly PARVIS_MAIL?: string | undefined; readonly PARVIS_MAIL_FROM: string },
): Mailer => createMailer({ address: settings.PARVIS_MAIL ?? `file:${config.folder('mail')}`, from: settings.PARVIS_MAIL_FROM });
