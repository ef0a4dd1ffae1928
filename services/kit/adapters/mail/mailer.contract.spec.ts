import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Mail } from '../../ports/mailer.ts';
import { mailerContract } from '../../testing/contracts/mailerContract.ts';
import { openTestSmtpServer, type TestSmtpServer } from '../../testing/mail/smtpServer.ts';
import { createMailer } from './mailer.ts';

const FROM = 'Parvis <parvis@network.example>';
const mail: Mail = { id: 'e-1-2/x', to: 'bob@example.org', subject: 'Hello', text: 'Hello Bob.' };

mailerContract('files', async (from) => {
  const folder = mkdtempSync(join(tmpdir(), 'parvis-mail-'));
  return {
    mailer: createMailer({ address: `file:${folder}`, from }),
    received: async () => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')),
    dispose: async () => rmSync(folder, { recursive: true }),
  };
});

mailerContract('SMTP', async (from) => {
  const server = await openTestSmtpServer();
  return {
    mailer: createMailer({ address: `smtp://127.0.0.1:${server.port}`, from }),
    received: async () => [...server.messages],
    dispose: server.close,
  };
});

describe('mail as files', () => {
  it('makes its folder, for the owner alone, and writes a repeated mail once', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'parvis-mail-'));
    const folder = join(parent, 'mail');
    const mailer = createMailer({ address: `file:${folder}`, from: FROM });
    await mailer.send(mail);
    await mailer.send(mail);
    const names = readdirSync(folder);
    expect(names).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.eml$/)]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, names[0] as string)).mode & 0o777).toBe(0o600);
    await mailer.close();
    rmSync(parent, { recursive: true });
  });
});

describe('mail by SMTP', () => {
  let server: TestSmtpServer;
  beforeEach(async () => {
    server = await openTestSmtpServer();
  });
  afterEach(() => server.close());
  const failureOf = async (address = `smtp://127.0.0.1:${server.port}`): Promise<unknown> => {
    const mailer = createMailer({ address, from: FROM });
    const error = await mailer.send(mail).catch((failure: unknown) => failure);
    await mailer.close();
    return error;
  };

  it.each([
    ['the recipient for good', 'RCPT', '550 5.1.1 no such person bob@example.org', 'invalid', 'mail-refused'],
    ['the message for good', 'BODY', '554 5.7.1 looks like spam to bob@example.org', 'invalid', 'mail-refused'],
    ['the recipient for now', 'RCPT', '450 4.2.1 try later', 'unavailable', 'mail-unavailable'],
    ['the message for now', 'BODY', '452 4.3.1 disk full', 'unavailable', 'mail-unavailable'],
  ])('tells a server that refuses %s', async (_what, command, answer, kind, code) => {
    server.answers.set(command, answer);
    const error = await failureOf();
    expect(error).toMatchObject({ kind, code });
    expect((error as Error).message).not.toContain('bob@example.org');
  });

  it('tells a server that is away', async () => {
    const { port } = server;
    await server.close();
    server = await openTestSmtpServer();
    expect(await failureOf(`smtp://127.0.0.1:${port}`)).toMatchObject({ code: 'mail-unavailable' });
  });

  it('sends no mail in the clear where TLS is required', async () => {
    expect(await failureOf(`smtp://127.0.0.1:${server.port}?requireTLS=true`)).toMatchObject({ code: 'mail-unavailable' });
    expect(server.recipients).toEqual([]);
  });

  it('sends to the one address it was given', async () => {
    const mailer = createMailer({ address: `smtp://127.0.0.1:${server.port}`, from: FROM });
    await mailer.send({ ...mail, text: 'To: eve@example.org\nBcc: eve@example.org' });
    await mailer.close();
    expect(server.recipients).toEqual(['bob@example.org']);
  });
});

describe('mail addresses', () => {
  it.each(['http://x', 'smtp:', 'folder'])('of another kind are refused: %s', (address) => {
    expect(() => createMailer({ address, from: FROM })).toThrow('mail address');
  });
});
