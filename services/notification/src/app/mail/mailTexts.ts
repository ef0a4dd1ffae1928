/** Names and texts a mail shows, opened at the moment of sending and kept nowhere. */
import { ERASED } from '@parvis/kit/eventing/decodedEvent.ts';
import { commentStream, personStream, postStream } from '@parvis/kit/runtime/ids.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import type { GroupNameRow } from '../../views/groupInboxView.ts';
import type { ItemRow } from '../../views/postInboxView.ts';
import { NETWORK_KEY, type NetworkRow, type RecipientRow } from '../../views/recipientsView.ts';
import type { Parts } from '../parts.ts';
import { oneLine } from './plainText.ts';

const NAME_LENGTH = 80;
const readable = (text: string | undefined): string => (text === undefined || text === ERASED ? '' : text);

/** People by id as others see their names; someone erased or unknown is missing. */
export const namesOf = async (runtime: ServiceRuntime, personIds: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  const ids = [...new Set(personIds)].filter((personId) => personId !== '');
  const rows = (await runtime.view('recipients').getMany<RecipientRow>('people', ids)).filter((row) => row !== undefined);
  const fields = ['displayName', 'givenName', 'familyName'] as const;
  const texts = await runtime.codec.openTexts(
    rows.flatMap((row) => fields.map((field) => ({ stream: personStream(row.personId), field: `profile.${field}`, text: row[field] }))),
  );
  return new Map(
    rows.flatMap(({ personId }, nth) => {
      const [display, given, family] = texts.slice(nth * fields.length, (nth + 1) * fields.length).map(readable);
      const name = oneLine(display || `${given} ${family}`, NAME_LENGTH);
      return name === '' ? [] : [[personId, name] as const];
    }),
  );
};

/** Address and language tag of a person; undefined when there is nobody to write to any more. */
export const addressOf = async (runtime: ServiceRuntime, personId: string): Promise<{ email: string; language: string } | undefined> => {
  const row = await runtime.view('recipients').get<RecipientRow>('people', personId);
  if (row === undefined) return undefined;
  const [opened] = await runtime.codec.openTexts([{ stream: personStream(personId), field: 'email', text: row.email }]);
  const email = readable(opened);
  return email === '' ? undefined : { email, language: row.language };
};

export const networkOf = async (runtime: ServiceRuntime): Promise<NetworkRow> => {
  const row = await runtime.view('recipients').get<NetworkRow>('network', NETWORK_KEY);
  return { name: row?.name || 'Parvis', language: row?.language ?? '' };
};

export const groupNamesOf = async (runtime: ServiceRuntime, groupIds: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  const ids = [...new Set(groupIds)].filter((groupId) => groupId !== '');
  const rows = await runtime.view('groupInbox').getMany<GroupNameRow>('groups', ids);
  return new Map(rows.flatMap((row) => (row === undefined ? [] : [[row.id, oneLine(row.name, NAME_LENGTH)] as const])));
};

export interface ItemText {
  readonly title: string;
  readonly body: string;
}

const NOTHING: ItemText = { title: '', body: '' };

/** The present text of a post or comment, read from the event that holds it: an edit is never undone by a mail. */
export const textOfItem = async ({ runtime, bus }: Parts, item: ItemRow | undefined): Promise<ItemText> => {
  if (item === undefined) return NOTHING;
  const records = await bus.readLane('post', item.lane, { after: item.textPosition - 1, limit: 1 });
  const stream = item.id === item.postId ? postStream(item.id) : commentStream(item.id);
  const [decoded] = await runtime.codec.open('post', records);
  if (decoded?.stream !== stream || decoded.event === undefined) return NOTHING;
  return { title: readable(decoded.event.value.title), body: readable(decoded.event.value.body) };
};
