import { groupOfPost } from '@parvis/kit/runtime/ids.ts';
import { z } from 'zod';
import { notificationCommand, written } from '../http/commands.ts';
import { type Operation, operation } from '../http/operation.ts';
import { mailCadences, notificationLevels } from '../present/enums.ts';
import * as common from '../schemas/common.ts';

const level = z.enum(['all', 'mentions_and_questions', 'none']);
const cadence = z.enum(['off', 'at_once', 'daily']);
const timeZone = z
  .string()
  .max(64)
  .refine((zone) => Intl.supportedValuesOf('timeZone').includes(zone) || zone === 'UTC', 'a time zone like Europe/Paris');

const Preferences = z
  .strictObject({
    groups: z.array(z.strictObject({ groupId: z.string(), level })),
    mail: z.strictObject({ cadence, digestHour: z.number().int(), timeZone: z.string() }),
    version: z.number().int(),
  })
  .meta({ id: 'Preferences' });

const described = { tag: 'preferences', auth: 'person' } as const;
const command = { ...described, rateClass: 'write', idempotent: true, ifMatch: true, response: common.Written } as const;

export const preferences: readonly Operation[] = [
  operation({
    ...described,
    operationId: 'getPreferences',
    method: 'GET',
    path: '/me/preferences',
    summary: 'How I am notified',
    rateClass: 'read',
    response: Preferences,
    async handler(call) {
      const answer = await call.clients.notification.getPreferences({}, call.context());
      const groups = answer.groupLevels.flatMap(({ groupId, level: value }) => {
        const word = notificationLevels.word(value);
        return word ? [{ groupId, level: word }] : [];
      });
      const { digestHour, timeZone: zone, version } = answer;
      return {
        body: { groups, mail: { cadence: mailCadences.wordOr(answer.cadence, 'off'), digestHour, timeZone: zone }, version },
        version,
      };
    },
  }),
  operation({
    ...command,
    operationId: 'setGroupLevel',
    method: 'PUT',
    path: '/me/preferences/groups/{groupId}',
    summary: 'What I hear of a group',
    params: z.strictObject({ groupId: common.groupId }),
    body: z.strictObject({ level }),
    handler: async (call, { params: { groupId }, body }) =>
      written(
        await notificationCommand(call, { $case: 'setGroupLevel', value: { groupId, level: notificationLevels.number(body.level) } }),
      ),
  }),
  operation({
    ...command,
    operationId: 'setMailCadence',
    method: 'PUT',
    path: '/me/preferences/mail',
    summary: 'How often I get mail',
    body: z.strictObject({ cadence, digestHour: z.number().int().min(0).max(23).default(8), timeZone: timeZone.default('UTC') }),
    handler: async (call, { body }) => {
      const value = { ...body, cadence: mailCadences.number(body.cadence) };
      return written(await notificationCommand(call, { $case: 'setMailCadence', value }));
    },
  }),
  operation({
    ...command,
    operationId: 'setThreadFollow',
    method: 'PUT',
    path: '/me/preferences/threads/{postId}',
    summary: 'Follow a thread, or stop',
    params: z.strictObject({ postId: common.postId }),
    body: z.strictObject({ following: z.boolean() }),
    handler: async (call, { params: { postId }, body }) => {
      const value = { groupId: groupOfPost(postId), postId, following: body.following };
      return written(await notificationCommand(call, { $case: 'setThreadFollow', value }));
    },
  }),
  operation({
    ...described,
    operationId: 'unsubscribe',
    method: 'POST',
    path: '/unsubscribe',
    summary: 'Stop the mails, by the token of a mail',
    auth: 'public',
    rateClass: 'auth',
    body: z.strictObject({ token: z.string().min(1).max(2_000) }),
    async handler(call, { body }) {
      await call.clients.notification.unsubscribe({ token: body.token }, call.context());
      return { body: undefined };
    },
  }),
];
