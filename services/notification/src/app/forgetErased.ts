/** Someone erased: what state holds about them goes; entries and preferences are ids and choices and stay. */
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';
import type { Policy } from '@parvis/kit/runtime/service.ts';
import { MAIL_TABLES } from './mail/outbox.ts';
import type { Parts } from './parts.ts';
import { WATERMARK_TABLES } from './watermarks.ts';

const PAGE = 1000;

/** Deletes every row of the person; keys of all tables begin with the person's id. */
export const forgetPerson = async ({ state }: Parts, personId: string): Promise<void> => {
  for (const name of [...Object.values(WATERMARK_TABLES), ...Object.values(MAIL_TABLES)]) {
    const table = state.table<unknown>(name);
    for (;;) {
      const entries = await table.range(`${personId}/`, { limit: PAGE });
      await Promise.all(entries.map(({ key }) => table.delete(key)));
      if (entries.length < PAGE) break;
    }
  }
};

export const forgetErased = (parts: Parts): Policy => ({
  name: 'forgetErased',
  source: 'identity',
  types: ['parvis.identity.v1.PersonErased'],
  begin: 'start',
  async handle(decoded) {
    const { personId } = idsOfStream(decoded.stream);
    if (personId === undefined) return;
    await forgetPerson(parts, personId);
    await parts.mailer.forget(personId);
  },
});
