/** The mail an invited partner gets, in French and English. Names typed by people are only ever text here. */
import type { Mail } from '@parvis/kit/ports/mailer.ts';

export interface InvitationMail {
  readonly id: string;
  /** Who is invited, and who invites. */
  readonly persons: readonly string[];
  readonly to: string;
  readonly language: string;
  readonly givenName: string;
  readonly sponsorName: string;
  readonly organisationName: string;
  readonly networkName: string;
  readonly link: string;
  readonly expiresAt: Date;
}

const oneLine = (text: string): string => text.replace(/[\p{Cc}\s]+/gu, ' ').trim();

const day = (at: Date, language: string): string => new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(at);

const french = (mail: InvitationMail, sponsor: string, network: string): string =>
  [
    `Bonjour${mail.givenName ? ` ${oneLine(mail.givenName)}` : ''},`,
    `${sponsor} vous invite à travailler dans « ${network} » pour ${oneLine(mail.organisationName)}.`,
    `Pour accepter, ouvrez ce lien et connectez-vous avec cette adresse (jusqu’au ${day(mail.expiresAt, 'fr')}) :\n${mail.link}`,
    'Le lien ne sert qu’une fois et qu’à vous. Si vous n’attendiez pas cette invitation, ne faites rien.',
  ].join('\n\n');

const english = (mail: InvitationMail, sponsor: string, network: string): string =>
  [
    `Hello${mail.givenName ? ` ${oneLine(mail.givenName)}` : ''},`,
    `${sponsor} invites you to work in “${network}” for ${oneLine(mail.organisationName)}.`,
    `To accept, open this link and sign in with this address (until ${day(mail.expiresAt, 'en')}):\n${mail.link}`,
    'The link works once, and only for you. If you did not expect this invitation, do nothing.',
  ].join('\n\n');

/** Both languages, the invited person's first. */
export const invitationMail = (mail: InvitationMail): Mail => {
  const sponsor = oneLine(mail.sponsorName);
  const network = oneLine(mail.networkName);
  const texts = [french(mail, sponsor, network), english(mail, sponsor, network)];
  const subjects = [`${sponsor} vous invite dans ${network}`, `${sponsor} invites you to ${network}`];
  const first = mail.language === 'en' ? 1 : 0;
  return {
    id: mail.id,
    to: mail.to,
    persons: mail.persons,
    subject: subjects[first] as string,
    text: `${texts[first]}\n\n---\n\n${texts[1 - first]}\n`,
  };
};
