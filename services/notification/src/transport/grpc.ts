import {
  type ExecuteRequest,
  type ExecuteResponse,
  type LiveRequest,
  type LiveResponse,
  NotificationServiceService,
} from '@parvis/contracts/gen/parvis/notification/v1/service.ts';
import { invalid, unauthenticated } from '@parvis/kit/runtime/errors.ts';
import { bind, type CallContext, type RpcBinding } from '@parvis/kit/runtime/rpc.ts';
import { exportMyNotifications } from '../app/exportMine.ts';
import { listNotifications } from '../app/inbox.ts';
import type { LiveHub } from '../app/live/hub.ts';
import { liveStream } from '../app/live/liveStream.ts';
import { unsubscribe } from '../app/mail/unsubscribe.ts';
import type { Parts } from '../app/parts.ts';
import { changePreferences, getPreferences, preferencesStream } from '../app/preferencesCommands.ts';
import { getUnread, markRead } from '../app/unread.ts';

const execute = async ({ runtime }: Parts, request: ExecuteRequest, context: CallContext): Promise<ExecuteResponse> => {
  const entered = await runtime.enter(context);
  const { command, expectedVersion } = request;
  if (!command) throw invalid('command', 'one of the commands of the notification service');
  const meta = runtime.commandMeta(context, entered.personId, command.$case, request.idempotencyKey, command);
  const outcome = await changePreferences({ runtime, entered, meta, expectedVersion }, command);
  return runtime.written(entered.personId, preferencesStream(entered.personId), outcome);
};

async function* live(parts: Parts, hub: LiveHub, request: LiveRequest, context: CallContext): AsyncGenerator<LiveResponse, void> {
  const entered = await parts.runtime.enter(context);
  if (context.credential.kind !== 'bearer') throw unauthenticated('token.missing', 'an access token of a person is needed');
  const { expiresAt } = await parts.verifier.verify(context.credential.token);
  yield* liveStream(parts, hub, { entered, request, untilMs: expiresAt.getTime(), signal: context.signal });
}

export const notificationRpc = (parts: Parts, hub: LiveHub): RpcBinding[] => {
  const { runtime } = parts;
  return [
    bind(NotificationServiceService, {
      execute: (request, context) => execute(parts, request, context),
      listNotifications: async (request, context) => listNotifications(parts, await runtime.enter(context), request),
      markRead: async (request, context) => {
        const entered = await runtime.enter(context);
        const unread = await markRead(parts, entered, request);
        hub.tell(entered.personId, { kind: 'unread' });
        return { unread };
      },
      getUnread: async (_, context) => getUnread(parts, await runtime.enter(context)),
      getPreferences: async (_, context) => getPreferences(runtime, (await runtime.enter(context)).personId),
      live: (request, context) => live(parts, hub, request, context),
      unsubscribe: async (request) => {
        await unsubscribe(parts, request.token);
        return {};
      },
      exportMyNotifications: async (_, context) => ({
        document: Buffer.from(await exportMyNotifications(parts, await runtime.enter(context))),
      }),
    }),
  ];
};
