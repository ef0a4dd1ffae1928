/** The identity service in a process of its own: the only one that opens the key vault. */
import { AccountServiceService } from '@parvis/contracts/gen/parvis/identity/v1/accounts.ts';
import { openSqliteKeyVault } from '@parvis/kit/adapters/sqlite/keyVault.ts';
import { launchService } from '@parvis/kit/launch/launchService.ts';
import { mailSettings, openMailer } from '@parvis/kit/launch/mailSettings.ts';
import { organisationSettings } from '@parvis/kit/launch/organisationSettings.ts';
import { createRemoteAccountDirectory } from '@parvis/kit/runtime/accountService.ts';
import { createIdentityService } from './service.ts';

await launchService({
  name: 'identity',
  settings: { ...mailSettings, ...organisationSettings },
  async create({ config, settings, client, keep, withLog }) {
    const vault = keep(openSqliteKeyVault(`${config.folder('keys')}/keys.db`, config.networkKey));
    const mailer = keep(openMailer(config, settings));
    const accounts = createRemoteAccountDirectory(client('gateway', AccountServiceService), 'identity');
    const service = createIdentityService({ ...(await withLog(vault)), vault, mailer, accounts });
    const { PARVIS_ORGANISATION: name, PARVIS_DOMAINS: domains, PARVIS_LANGUAGE: language } = settings;
    return {
      ...service,
      async start() {
        await service.start();
        await service.bootstrap.ensureHostOrganisation({ name, domains, language });
      },
    };
  },
});
