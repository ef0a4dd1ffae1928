/** Mails for one person out of entries that stand for them now. Access was checked by the caller, a moment ago. */
import type { Mail } from '@parvis/kit/ports/mailer.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import type { ItemRow } from '../../views/postInboxView.ts';
import type { Entry } from '../entry.ts';
import type { Parts } from '../parts.ts';
import type { Reader } from '../visibility.ts';
import { catalogues, languageOf } from './catalogue.ts';
import { addressOf, groupNamesOf, namesOf, networkOf, textOfItem } from './mailTexts.ts';
import { excerptOf, isMailAddress, mentionedIn, oneLine, TEXT_LIMITS } from './plainText.ts';
import { type MailContent, type MailItem, renderMail } from './render.ts';
import { unsubscribeUrl } from './unsubscribe.ts';

/** Mail that can't be sent and never will: no address, or one no mail program would take. */
export type Composed = { readonly kind: 'mail'; readonly mail: Mail } | { readonly kind: 'nobody' } | { readonly kind: 'bad-address' };

export interface Letter {
  readonly id: string;
  readonly entries: readonly Entry[];
  /** Entries that are not listed. */
  readonly more: number;
  readonly digest: boolean;
}

const urlOf = (publicUrl: string, { postId, commentId, groupId }: Entry): string => {
  if (postId !== '') return `${publicUrl}/posts/${postId}${commentId === '' ? '' : `#${commentId}`}`;
  return groupId === '' ? `${publicUrl}/notifications` : `${publicUrl}/groups/${groupId}`;
};

interface Told {
  readonly items: readonly MailItem[];
  /** Whom the items name or quote. */
  readonly persons: readonly string[];
}

/** What each entry says: who, where, the title of the post and the beginning of what was said. */
const itemsOf = async (parts: Parts, entries: readonly Entry[], catalogue: MailContent['catalogue']): Promise<Told> => {
  const { runtime, publicUrl } = parts;
  const texts = await Promise.all(entries.map((entry) => textsOf(parts, entry)));
  const people = [...entries.map(({ actorId }) => actorId), ...texts.flatMap(({ body }) => mentionedIn(body))];
  const [names, groups] = await Promise.all([
    namesOf(runtime, people),
    groupNamesOf(
      runtime,
      entries.map(({ groupId }) => groupId),
    ),
  ]);
  const nameOf = (personId: string): string => names.get(personId) ?? catalogue.someone;
  const items = entries.map((entry, nth) => {
    const { title = '', body = '' } = texts[nth] ?? {};
    const told = {
      actor: nameOf(entry.actorId),
      group: groups.get(entry.groupId) ?? catalogue.aGroup,
      title: oneLine(title, TEXT_LIMITS.subject),
    };
    return { line: catalogue.what[entry.reason](told), excerpt: excerptOf(body, nameOf), url: urlOf(publicUrl, entry) };
  });
  return { items, persons: [...people, ...texts.flatMap(({ authors }) => authors)] };
};

interface Texts {
  readonly title: string;
  readonly body: string;
  readonly authors: readonly string[];
}

const textsOf = async (parts: Parts, { postId, commentId }: Entry): Promise<Texts> => {
  if (postId === '') return { title: '', body: '', authors: [] };
  const [post, comment] = await parts.runtime.view('postInbox').getMany<ItemRow>('items', [postId, commentId === '' ? postId : commentId]);
  const { title, body } = await textOfItem(parts, post);
  const authors = [post, comment].flatMap((item) => item?.authorId ?? []);
  return { title, body: commentId === '' ? body : (await textOfItem(parts, comment)).body, authors };
};

const subjectOf = (catalogue: MailContent['catalogue'], network: string, letter: Letter, items: readonly MailItem[]): string => {
  if (letter.digest) return catalogue.digestSubject(network, letter.entries.length + letter.more);
  return items[0]?.line ?? catalogue.something(network, letter.entries.length + letter.more);
};

const addressed = async (runtime: ServiceRuntime, personId: string) => {
  const [address, network] = await Promise.all([addressOf(runtime, personId), networkOf(runtime)]);
  return { address, network };
};

/** Employees get titles and excerpts; partners only that there is something, and a link. */
export const composeMail = async (parts: Parts, reader: Reader, letter: Letter): Promise<Composed> => {
  const { runtime, publicUrl } = parts;
  const { address, network } = await addressed(runtime, reader.personId);
  if (address === undefined) return { kind: 'nobody' };
  if (!isMailAddress(address.email)) return { kind: 'bad-address' };
  const language = languageOf(address.language || network.language);
  const catalogue = catalogues[language];
  const inboxUrl = `${publicUrl}/notifications`;
  const partner = reader.viewer.person.kind === 'partner';
  const count = letter.entries.length + letter.more;
  const something = catalogue.something(network.name, count);
  const told: Told = partner
    ? { items: [{ line: something, excerpt: '', url: inboxUrl }], persons: [] }
    : await itemsOf(parts, letter.entries, catalogue);
  const { items } = told;
  const mail = renderMail({
    id: letter.id,
    to: address.email,
    persons: [...new Set([reader.personId, ...told.persons])],
    language,
    catalogue,
    network: network.name,
    subject: partner ? something : subjectOf(catalogue, network.name, letter, items),
    items,
    more: partner ? 0 : letter.more,
    inboxUrl,
    unsubscribeUrl: unsubscribeUrl(runtime, publicUrl, reader.personId),
  });
  return { kind: 'mail', mail };
};
