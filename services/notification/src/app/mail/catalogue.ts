/** Words of the mails, in French and English. Plurals by Intl. */
import type { Reason } from '../../views/entryRow.ts';

export type Language = 'fr' | 'en';
export const languageOf = (tag: string): Language => (tag.toLowerCase().startsWith('fr') ? 'fr' : 'en');

/** Who did it, where, and to what; each already one line. */
export interface Told {
  readonly actor: string;
  readonly group: string;
  /** Of the post; empty when it has none or its key was destroyed. */
  readonly title: string;
}

export interface Catalogue {
  readonly what: Readonly<Record<Reason, (told: Told) => string>>;
  readonly someone: string;
  readonly aGroup: string;
  readonly open: string;
  readonly openAll: string;
  /** Subject and first line of a mail that tells nothing but that there is something. */
  readonly something: (network: string, count: number) => string;
  readonly digestSubject: (network: string, count: number) => string;
  readonly andMore: (count: number) => string;
  readonly why: (network: string) => string;
  readonly unsubscribe: string;
}

const plural = (language: Language, count: number, one: string, other: string): string =>
  (new Intl.PluralRules(language).select(count) === 'one' ? one : other).replace('#', new Intl.NumberFormat(language).format(count));
const quoted = (open: string, title: string, close: string): string => (title === '' ? '' : ` ${open}${title}${close}`);

const en: Catalogue = {
  what: {
    mention: ({ actor, group, title }) => `${actor} mentioned you in ${group}${quoted('“', title, '”')}`,
    reply: ({ actor, group, title }) => `${actor} replied to your comment in ${group}${quoted('“', title, '”')}`,
    answer_accepted: ({ actor, group, title }) => `${actor} accepted your answer in ${group}${quoted('“', title, '”')}`,
    comment: ({ actor, group, title }) => `${actor} commented in ${group}${quoted('“', title, '”')}`,
    approved: ({ group }) => `Your request to join ${group} was approved`,
    declined: ({ group }) => `Your request to join ${group} was declined`,
    invited: ({ actor, group }) => `${actor} invited you to ${group}`,
    role: ({ group }) => `Your role in ${group} changed`,
    removed: ({ group }) => `You are no longer a member of ${group}`,
    announcement: ({ actor, group, title }) => `${actor} made an announcement in ${group}${quoted('“', title, '”')}`,
    question: ({ actor, group, title }) => `${actor} asked a question in ${group}${quoted('“', title, '”')}`,
    post: ({ actor, group, title }) => `${actor} posted in ${group}${quoted('“', title, '”')}`,
    request: ({ actor, group }) => `${actor} asks to join ${group}`,
    taken_over: ({ actor, group }) => `${actor}, an administrator, took over ${group}`,
  },
  someone: 'Someone',
  aGroup: 'a group',
  open: 'Open',
  openAll: 'Open my notifications',
  something: (network, count) => `${plural('en', count, '# new notification', '# new notifications')} on ${network}`,
  digestSubject: (network, count) => `Your day on ${network}: ${plural('en', count, '# notification', '# notifications')}`,
  andMore: (count) => plural('en', count, 'and # more', 'and # more'),
  why: (network) => `You get this mail because you have an account on ${network}.`,
  unsubscribe: 'Stop these mails',
};

const fr: Catalogue = {
  what: {
    mention: ({ actor, group, title }) => `${actor} vous a mentionné dans ${group}${quoted('« ', title, ' »')}`,
    reply: ({ actor, group, title }) => `${actor} a répondu à votre commentaire dans ${group}${quoted('« ', title, ' »')}`,
    answer_accepted: ({ actor, group, title }) => `${actor} a accepté votre réponse dans ${group}${quoted('« ', title, ' »')}`,
    comment: ({ actor, group, title }) => `${actor} a commenté dans ${group}${quoted('« ', title, ' »')}`,
    approved: ({ group }) => `Votre demande pour rejoindre ${group} a été acceptée`,
    declined: ({ group }) => `Votre demande pour rejoindre ${group} a été refusée`,
    invited: ({ actor, group }) => `${actor} vous invite dans ${group}`,
    role: ({ group }) => `Votre rôle dans ${group} a changé`,
    removed: ({ group }) => `Vous n’êtes plus membre de ${group}`,
    announcement: ({ actor, group, title }) => `${actor} a publié une annonce dans ${group}${quoted('« ', title, ' »')}`,
    question: ({ actor, group, title }) => `${actor} a posé une question dans ${group}${quoted('« ', title, ' »')}`,
    post: ({ actor, group, title }) => `${actor} a publié dans ${group}${quoted('« ', title, ' »')}`,
    request: ({ actor, group }) => `${actor} demande à rejoindre ${group}`,
    taken_over: ({ actor, group }) => `${actor}, de l’administration, a repris ${group}`,
  },
  someone: 'Quelqu’un',
  aGroup: 'un groupe',
  open: 'Ouvrir',
  openAll: 'Ouvrir mes notifications',
  something: (network, count) => `${plural('fr', count, '# nouvelle notification', '# nouvelles notifications')} sur ${network}`,
  digestSubject: (network, count) => `Votre journée sur ${network} : ${plural('fr', count, '# notification', '# notifications')}`,
  andMore: (count) => plural('fr', count, 'et # autre', 'et # autres'),
  why: (network) => `Vous recevez ce message parce que vous avez un compte sur ${network}.`,
  unsubscribe: 'Ne plus recevoir ces messages',
};

export const catalogues: Readonly<Record<Language, Catalogue>> = { fr, en };
