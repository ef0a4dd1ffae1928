/** The mail with the link to choose a password, in the language of the page that asked for it. */
import type { Mail } from '../../ports/mailer.ts';
import type { Language } from './language.ts';

const oneHour = { fr: 'une heure', en: 'one hour' } as const;

const french = (link: string): string =>
  [
    'Bonjour,',
    `Quelqu’un, sans doute vous, a demandé à choisir un mot de passe pour cette adresse. Ce lien sert une fois, pendant ${oneHour.fr} :\n${link}`,
    'Si ce n’était pas vous, ne faites rien : votre mot de passe reste le même.',
  ].join('\n\n');

const english = (link: string): string =>
  [
    'Hello,',
    `Someone, probably you, asked to choose a password for this address. This link works once, for ${oneHour.en}:\n${link}`,
    'If it was not you, do nothing: your password stays as it is.',
  ].join('\n\n');

export const passwordMail = (language: Language, mail: Pick<Mail, 'id' | 'to' | 'persons'> & { readonly link: string }): Mail => ({
  id: mail.id,
  to: mail.to,
  ...(mail.persons === undefined ? {} : { persons: mail.persons }),
  subject: language === 'fr' ? 'Choisir votre mot de passe' : 'Choose your password',
  text: `${language === 'fr' ? french(mail.link) : english(mail.link)}\n`,
});
