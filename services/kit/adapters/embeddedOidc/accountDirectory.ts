import type { AccountDirectory, AccountRef } from '../../ports/accountDirectory.ts';
import type { Sessions } from '../../ports/sessions.ts';
import type { EmbeddedOidc } from './embeddedOidc.ts';

/** Reaches accounts of the embedded provider and browsers' sessions; accounts of other issuers have only the latter. */
export const createEmbeddedAccountDirectory = (
  provider: Pick<EmbeddedOidc, 'issuer' | 'disable' | 'enable' | 'erase' | 'endSessions'>,
  sessions: Pick<Sessions, 'endBySubject'>,
): AccountDirectory => {
  const own =
    (work: (accountId: string) => Promise<void>) =>
    async ({ issuer, subject }: AccountRef): Promise<void> => {
      if (issuer === provider.issuer) await work(subject);
    };
  return {
    disable: own(provider.disable),
    enable: own(provider.enable),
    erase: own(provider.erase),
    async endSessions(account) {
      await own(provider.endSessions)(account);
      await sessions.endBySubject(account.issuer, account.subject);
    },
  };
};
