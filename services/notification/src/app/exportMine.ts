/** Everything this service keeps about a person, as they may see it now. */
import { mailCadenceToJSON, notificationLevelToJSON } from '@parvis/contracts/gen/parvis/notification/v1/events.ts';
import { openInbox, presentEntry, readInbox } from './inbox.ts';
import type { Parts } from './parts.ts';
import type { Reader } from './visibility.ts';
import { loadReadMarks } from './watermarks.ts';

/** Entries of an export, newest first; older ones are left out and the document says so. */
export const EXPORT_ENTRIES = 5000;

/** @returns a JSON document in UTF-8: { preferences, notifications, complete } */
export const exportMyNotifications = async ({ runtime, state }: Parts, reader: Reader): Promise<Uint8Array> => {
  const inbox = await openInbox(runtime, reader);
  const marks = await loadReadMarks(state, reader.personId);
  const notifications: object[] = [];
  let cursor: Awaited<ReturnType<typeof readInbox>>;
  do {
    cursor = await readInbox(inbox, cursor, (entry) => {
      const { at, ...shown } = presentEntry(runtime, marks, entry);
      notifications.push({ ...shown, at: at?.toISOString() });
      return notifications.length === EXPORT_ENTRIES ? 'enough' : 'more';
    });
  } while (cursor !== undefined && notifications.length < EXPORT_ENTRIES);
  const { levels, follows, cadence, digestHour, timeZone } = inbox.wishes;
  const preferences = {
    groupLevels: [...levels].map(([groupId, level]) => ({ groupId, level: notificationLevelToJSON(level) })),
    mail: { cadence: mailCadenceToJSON(cadence), digestHour, timeZone },
    threads: [...follows.values()].map(({ postId, following }) => ({ postId, following })),
  };
  return new TextEncoder().encode(JSON.stringify({ preferences, notifications, complete: cursor === undefined }, null, 2));
};
