/** The account directory of another process: identity asks, the process that holds accounts and sessions answers. */
import { AccountServiceService, ChangeAccountRequest_Change as Change } from '@parvis/contracts/gen/parvis/identity/v1/accounts.ts';
import type { AccountDirectory, AccountRef } from '../ports/accountDirectory.ts';
import { callContext } from './callContext.ts';
import { forbidden, invalid, unauthenticated } from './errors.ts';
import { bind, type Client, type RpcBinding } from './rpc.ts';

/** Issuers and subjects are no longer than this in a verified token. */
const REF_LENGTH_LIMIT = 255;
/** The only service that decides about accounts. */
const DECIDES = 'identity';

/** Disables, erases and signs out over the wire, as the given service. */
export const createRemoteAccountDirectory = (
  client: Pick<Client<AccountServiceService>, 'changeAccount'>,
  service: string,
): AccountDirectory => {
  const order =
    (change: Change) =>
    async ({ issuer, subject }: AccountRef): Promise<void> => {
      await client.changeAccount({ issuer, subject, change }, callContext({ credential: { kind: 'service', service } }));
    };
  return {
    disable: order(Change.DISABLE),
    enable: order(Change.ENABLE),
    erase: order(Change.ERASE),
    endSessions: order(Change.END_SESSIONS),
  };
};

const change = (directory: AccountDirectory, account: AccountRef, wanted: Change): Promise<void> => {
  switch (wanted) {
    case Change.DISABLE:
      return directory.disable(account);
    case Change.ENABLE:
      return directory.enable(account);
    case Change.ERASE:
      return directory.erase(account);
    case Change.END_SESSIONS:
      return directory.endSessions(account);
    default:
      throw invalid('change', 'one of the changes of an account');
  }
};

const checkedRef = (name: string, value: string): string => {
  if (value === '' || value.length > REF_LENGTH_LIMIT) throw invalid(name, `1 to ${REF_LENGTH_LIMIT} characters`);
  return value;
};

/** Hands the directory to identity, and to nobody else: neither another service nor a person's token moves an account. */
export const accountServiceOf = (directory: AccountDirectory): RpcBinding =>
  bind(AccountServiceService, {
    async changeAccount({ issuer, subject, change: wanted }, { credential }) {
      if (credential.kind !== 'service') throw unauthenticated('service-only', 'only services of this network may call this');
      if (credential.service !== DECIDES) throw forbidden('service-not-allowed', `${credential.service} may not change accounts`);
      await change(directory, { issuer: checkedRef('issuer', issuer), subject: checkedRef('subject', subject) }, wanted);
      return {};
    },
  });
