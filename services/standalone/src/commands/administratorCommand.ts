import { parseArgs } from 'node:util';
import { type Command, CommandRefused } from './command.ts';

const TICKET_LIFETIME_MS = 60 * 60_000;

export const administratorCommand: Command = {
  name: 'administrator',
  begins: true,
  usage: '--email ADDRESS --given-name NAME --family-name NAME',
  summary: 'make someone an administrator and print the link where they choose their password (once, within an hour)',
  async run(network, args, print) {
    const { values } = parseArgs({
      args: [...args],
      options: { email: { type: 'string' }, 'given-name': { type: 'string' }, 'family-name': { type: 'string' } },
    });
    const { email, 'given-name': givenName, 'family-name': familyName } = values;
    if (!email || !givenName || !familyName) throw new CommandRefused('--email, --given-name and --family-name');
    const personId = await network.services.identity.bootstrap.registerFirstAdministrator({ email, profile: { givenName, familyName } });
    print(`administrator ${personId}`);
    print(network.oidc.passwordPageFor({ email, givenName, familyName, returnTo: '/auth/login', lifetimeMs: TICKET_LIFETIME_MS }));
  },
};
