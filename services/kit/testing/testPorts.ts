import { pino } from 'pino';
import type { AccountDirectory, AccountRef } from '../ports/accountDirectory.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { Mail, Mailer } from '../ports/mailer.ts';
import type { TokenVerifier } from '../ports/tokenVerifier.ts';
import { notFound, unauthenticated } from '../runtime/errors.ts';

/** Ports that need no engine: what they were asked to do is there to be looked at. */

/** Errors only, so that a suite that provokes warnings stays readable; PARVIS_TEST_LOG raises it. */
export const testLogger = pino({ name: 'test', level: process.env.PARVIS_TEST_LOG ?? 'silent' });

export const TEST_ISSUER = 'test';

/** `person:ID` is a person's token (issuer `test`, subject ID); `client:ID` a client's. Anything else is refused. */
export const createTestVerifier = (nowMs: () => number): TokenVerifier => ({
  async verify(token) {
    const [kind, id, ...more] = token.split(':');
    if ((kind !== 'person' && kind !== 'client') || id === undefined || id === '' || more.length > 0) {
      throw unauthenticated('token.invalid', 'the token is not valid');
    }
    return {
      issuer: TEST_ISSUER,
      subject: id,
      authorisedParty: 'parvis-test',
      scopes: [],
      expiresAt: new Date(nowMs() + 300_000),
      client: kind === 'client',
      providerRoles: [],
    };
  },
  close: async () => undefined,
});

export interface TestMailer extends Mailer {
  /** Mails in the order they were sent; a repeated id is there twice. */
  readonly sent: readonly Mail[];
  /** Persons whose mails were to go, in the order asked. */
  readonly forgotten: readonly string[];
}

export const createTestMailer = (): TestMailer => {
  const sent: Mail[] = [];
  const forgotten: string[] = [];
  return {
    sent,
    forgotten,
    async forget(personId) {
      forgotten.push(personId);
    },
    async send(mail) {
      sent.push(mail);
    },
    close: async () => undefined,
  };
};

export interface TestAccounts extends AccountDirectory {
  readonly calls: readonly { operation: 'disable' | 'enable' | 'erase' | 'endSessions'; account: AccountRef }[];
}

export const createTestAccounts = (): TestAccounts => {
  const calls: TestAccounts['calls'][number][] = [];
  const note = (operation: TestAccounts['calls'][number]['operation']) => async (account: AccountRef) => {
    calls.push({ operation, account });
  };
  return { calls, disable: note('disable'), enable: note('enable'), erase: note('erase'), endSessions: note('endSessions') };
};

/** Blobs in memory. */
export const createTestBlobs = (): BlobStore => {
  const blobs = new Map<string, Uint8Array>();
  return {
    async put(id, content) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of content) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      blobs.set(id, bytes);
      return { sizeBytes: bytes.length };
    },
    async get(id) {
      const bytes = blobs.get(id);
      if (bytes === undefined) throw notFound('blob');
      return (async function* () {
        yield bytes;
      })();
    },
    exists: async (id) => blobs.has(id),
    async delete(id) {
      blobs.delete(id);
    },
    list: async ({ after, limit }) =>
      [...blobs.keys()]
        .sort()
        .filter((id) => after === undefined || id > after)
        .slice(0, limit),
    close: async () => undefined,
  };
};
