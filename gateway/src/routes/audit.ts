/** The audit list: what identity and group keep, in one list by time. Each service decides who may read its part. */
import { z } from 'zod';
import { type Operation, operation } from '../http/operation.ts';
import { cardsOf, degradation } from '../present/hydrate.ts';
import { mergePages } from '../present/mergedPages.ts';
import { cardOrNull } from '../present/people.ts';
import { orNull, timeOrNull } from '../present/values.ts';
import * as common from '../schemas/common.ts';
import { PersonCard } from '../schemas/people.ts';

const Entry = z
  .strictObject({
    id: z.string(),
    at: common.utcTime.nullable(),
    actorId: z.string().nullable().describe('Null: the system.'),
    actor: PersonCard.nullable(),
    type: z.string().describe('e.g. parvis.group.v1.GroupTakenOver'),
    subject: z.string().describe('The stream it is about, e.g. group/G/member/P'),
    details: z.record(z.string(), z.string()),
  })
  .meta({ id: 'AuditEntry' });

interface ProtoEntry {
  readonly id: string;
  readonly at: Date | undefined;
  readonly actor: string;
  readonly type: string;
  readonly subject: string;
  readonly details: Readonly<Record<string, string>>;
}

const keyed = (answer: { entries: readonly ProtoEntry[]; nextCursor: string }) => ({
  items: answer.entries.map((entry) => ({ id: entry.id, atMs: entry.at?.getTime() ?? 0, entry })),
  nextCursor: answer.nextCursor,
});

export const audit: readonly Operation[] = [
  operation({
    operationId: 'listAudit',
    method: 'GET',
    path: '/audit',
    summary: 'Administrators: who granted, changed and ended what, newest first',
    tag: 'audit',
    auth: 'person',
    rateClass: 'read',
    query: z.strictObject({
      subject: z
        .string()
        .max(200)
        .regex(/^[\w/-]*$/, 'a stream, e.g. group/G')
        .default(''),
      ...common.page,
    }),
    response: z.strictObject(common.pageOf(Entry)).meta({ id: 'AuditPage' }),
    async handler(call, { query }) {
      const { identity, group } = call.clients;
      const { subject } = query;
      const sources = [identity, group].map((service) => ({
        read: async (cursor: string, limit: number) => keyed(await service.listAudit({ cursor, limit, subject }, call.context())),
      }));
      const { items, nextCursor } = await mergePages(call.ports.sealer, 'audit-cursor', sources, query);
      const entries = items.map(({ entry }) => entry);
      const cards = await cardsOf(
        call,
        entries.map(({ actor }) => actor),
      );
      const shown = entries.map(({ id, at, actor, type, subject: about, details }) => ({
        id,
        at: timeOrNull(at),
        actorId: orNull(actor),
        actor: cardOrNull(cards, actor),
        type,
        subject: about,
        details: { ...details },
      }));
      return { body: { items: shown, nextCursor: orNull(nextCursor), ...degradation(call) } };
    },
  }),
];
