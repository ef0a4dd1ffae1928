/** Sign-in of a process that holds sessions: its own provider, or an external one whose accounts stay where they are. */
import { join } from 'node:path';
import { createEmbeddedAccountDirectory } from '../adapters/embeddedOidc/accountDirectory.ts';
import { type EmbeddedOidc, openEmbeddedOidc, postLogoutToken } from '../adapters/embeddedOidc/embeddedOidc.ts';
import { localKeys } from '../adapters/jose/keySource.ts';
import { createJoseVerifier } from '../adapters/jose/tokenVerifier.ts';
import { openSqliteSessions } from '../adapters/sqlite/sessions.ts';
import { createSqliteStateStore } from '../adapters/sqlite/state.ts';
import type { AccountDirectory } from '../ports/accountDirectory.ts';
import type { Sessions } from '../ports/sessions.ts';
import type { TokenVerifier } from '../ports/tokenVerifier.ts';
import { systemClock } from '../runtime/systemClock.ts';
import { openRemoteVerifier, type ProcessParts } from './processParts.ts';

export interface SignInParts {
  readonly sessions: Sessions;
  readonly verifier: TokenVerifier;
  readonly accounts: AccountDirectory;
  /** Absent: the provider is an external one. */
  readonly embedded: EmbeddedOidc | undefined;
}

const openEmbedded = async ({ config, logger, sealer, keep }: ProcessParts, sessions: Sessions): Promise<SignInParts> => {
  const state = keep(createSqliteStateStore({ folder: config.folder('accounts') }));
  const deliverLogoutToken = postLogoutToken(() => `http://127.0.0.1:${config.port}/auth/backchannel-logout`);
  const embedded = keep(
    await openEmbeddedOidc({ publicUrl: config.publicUrl, state, sealer, clock: systemClock, logger, deliverLogoutToken }),
  );
  const { issuer, audience, authorisedParties } = embedded;
  const verifier = keep(createJoseVerifier({ issuers: [{ issuer, audience, authorisedParties, keys: localKeys(embedded.jwks) }] }));
  return { sessions, verifier, accounts: createEmbeddedAccountDirectory(embedded, sessions), embedded };
};

/** Accounts of an external provider are its own: only sessions here can be ended. */
const sessionsAlone = (sessions: Sessions): AccountDirectory => ({
  disable: async () => undefined,
  enable: async () => undefined,
  erase: async () => undefined,
  async endSessions({ issuer, subject }) {
    await sessions.endBySubject(issuer, subject);
  },
});

export const openSignIn = async (parts: ProcessParts): Promise<SignInParts> => {
  const sessions = parts.keep(openSqliteSessions(join(parts.config.folder('sessions'), 'sessions.db')));
  if (parts.config.externalIssuer === undefined) return openEmbedded(parts, sessions);
  return { sessions, verifier: openRemoteVerifier(parts), accounts: sessionsAlone(sessions), embedded: undefined };
};
