import { describe, expect, it } from '@jest/globals';
import { AccountServiceService } from '@parvis/contracts/gen/parvis/identity/v1/accounts.ts';
import type { AccountDirectory, AccountRef } from '../ports/accountDirectory.ts';
import { accountServiceOf, createRemoteAccountDirectory } from './accountService.ts';
import { callContext } from './callContext.ts';
import { directClient } from './directClient.ts';
import type { Credential, Handlers } from './rpc.ts';

const account: AccountRef = { issuer: 'http://localhost/realms/parvis', subject: 'alice' };

const world = () => {
  const done: [string, AccountRef][] = [];
  const note = (name: string) => async (ref: AccountRef) => void done.push([name, ref]);
  const directory: AccountDirectory = {
    disable: note('disable'),
    enable: note('enable'),
    erase: note('erase'),
    endSessions: note('endSessions'),
  };
  const { handlers } = accountServiceOf(directory);
  return { done, client: directClient(AccountServiceService, handlers as Handlers<AccountServiceService>) };
};

describe('accounts of another process', () => {
  it('changes what identity asks for, each by its own name', async () => {
    const { done, client } = world();
    const remote = createRemoteAccountDirectory(client, 'identity');
    await remote.disable(account);
    await remote.enable(account);
    await remote.erase(account);
    await remote.endSessions(account);
    expect(done).toEqual([
      ['disable', account],
      ['enable', account],
      ['erase', account],
      ['endSessions', account],
    ]);
  });

  it.each<[string, Credential, string]>([
    ['another service', { kind: 'service', service: 'post' }, 'service-not-allowed'],
    ['a person', { kind: 'bearer', token: 'any' }, 'service-only'],
    ['nobody', { kind: 'anonymous' }, 'service-only'],
  ])('refuses %s', async (_who, credential, code) => {
    const { done, client } = world();
    const asked = client.changeAccount({ ...account, change: 3 }, callContext({ credential }));
    await expect(asked).rejects.toMatchObject({ code });
    expect(done).toEqual([]);
  });

  it.each([
    ['an unspecified change', { ...account, change: 0 as const }],
    ['no subject', { ...account, subject: '', change: 1 as const }],
    ['an issuer beyond the limit', { ...account, issuer: 'i'.repeat(256), change: 1 as const }],
  ])('refuses %s', async (_what, request) => {
    const { done, client } = world();
    const asked = client.changeAccount(request, callContext({ credential: { kind: 'service', service: 'identity' } }));
    await expect(asked).rejects.toMatchObject({ kind: 'invalid' });
    expect(done).toEqual([]);
  });
});
