import type { NotificationPorts, Service, ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { createService } from '@parvis/kit/runtime/serviceRuntime.ts';
import { forgetErased } from './app/forgetErased.ts';
import { createLiveHub, type LiveHub } from './app/live/hub.ts';
import { mailPolicies } from './app/mail/mailPolicies.ts';
import { createMailRound, type MailRound } from './app/mail/mailRound.ts';
import type { Parts } from './app/parts.ts';
import { notificationRpc } from './transport/grpc.ts';
import { groupInboxProjection } from './views/groupInboxProjection.ts';
import { postInboxProjection } from './views/postInboxProjection.ts';
import { preferencesProjection } from './views/preferencesView.ts';
import { recipientsProjection } from './views/recipientsView.ts';

export { WATERMARK_TABLES } from './app/watermarks.ts';

/** What the handlers, listeners and background work of one service share. */
interface Wiring {
  readonly parts: Parts;
  readonly hub: LiveHub;
  readonly mail: MailRound;
}

/** Inbox, unread counts, live stream and mail. Owns the streams `person/P/preferences`. */
export const createNotificationService = (ports: NotificationPorts): Service => {
  const { state, bus, mailer, verifier } = ports;
  const publicUrl = ports.publicUrl.replace(/\/+$/, '');
  let wiring: Wiring | undefined;
  const wired = (runtime: ServiceRuntime): Wiring => {
    const parts = { runtime, state, bus, mailer, verifier, publicUrl };
    wiring ??= { parts, hub: createLiveHub(runtime), mail: createMailRound(parts) };
    return wiring;
  };
  return createService(ports, {
    name: 'notification',
    projections: [postInboxProjection, groupInboxProjection, preferencesProjection, recipientsProjection],
    policies: (runtime) => {
      const { parts, mail } = wired(runtime);
      return [...mailPolicies(parts, mail.wake), forgetErased(parts)];
    },
    listeners: (runtime) => wired(runtime).hub.listeners,
    rpc: (runtime) => notificationRpc(wired(runtime).parts, wired(runtime).hub),
    background: (runtime) => ({
      start: () => wired(runtime).mail.start(),
      async stop() {
        wired(runtime).hub.stop();
        await wired(runtime).mail.stop();
      },
    }),
  });
};
