/** The gateway in a process of its own: its clients call over gRPC; without an external provider people sign in here. */
import { launchEdge } from '@parvis/kit/launch/launchEdge.ts';
import { systemClock } from '@parvis/kit/runtime/systemClock.ts';
import { createGateway } from './gateway.ts';
import { accountsOf, edgeSettings, oidcOf, portsOf } from './processPorts.ts';

await launchEdge({
  name: 'gateway',
  settings: edgeSettings,
  create: ({ client, config, settings, signIn, sealer, logger }) =>
    createGateway({
      ...portsOf({ client, host: config.host, settings }),
      oidc: oidcOf(config, settings, signIn.embedded),
      ...accountsOf(signIn.embedded),
      verifier: signIn.verifier,
      sessions: signIn.sessions,
      sealer,
      logger,
      clock: systemClock,
      publicUrl: config.publicUrl,
    }),
});
