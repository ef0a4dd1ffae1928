/** The notification service in a process of its own. */
import { launchService } from '@parvis/kit/launch/launchService.ts';
import { mailSettings, openMailer } from '@parvis/kit/launch/mailSettings.ts';
import { createNotificationService } from './service.ts';

await launchService({
  name: 'notification',
  settings: mailSettings,
  create: async ({ config, settings, keep, withLog }) =>
    createNotificationService({ ...(await withLog()), mailer: keep(openMailer(config, settings)) }),
});
