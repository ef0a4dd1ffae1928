import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Mail, Mailer } from '../../ports/mailer.ts';
import { randomId } from '../../runtime/ids.ts';

export interface MailerHarness {
  readonly mailer: Mailer;
  /** Messages as they arrived (RFC 5322), in any order. */
  received(): Promise<string[]>;
  dispose(): Promise<void>;
}

const mail = (changes: Partial<Mail> = {}): Mail => ({
  id: `event/${randomId()}`,
  to: 'bob@example.org',
  subject: 'You were mentioned',
  text: 'Hello Bob.\n',
  ...changes,
});

/** Headers by lower-case name (folded lines joined) and the body. */
const parse = (message: string): { headers: Map<string, string[]>; body: string } => {
  const end = message.indexOf('\r\n\r\n');
  const headers = new Map<string, string[]>();
  for (const line of message
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')) {
    const at = line.indexOf(':');
    const name = line.slice(0, at).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(at + 1).trim()]);
  }
  return { headers, body: message.slice(end + 4) };
};

/** What every Mailer does. */
export const mailerContract = (name: string, create: (from: string) => Promise<MailerHarness>): void => {
  describe(`mailer: ${name}`, () => {
    let harness: MailerHarness;
    const received = async () => (await harness.received()).map(parse);
    beforeEach(async () => {
      harness = await create('Parvis <parvis@network.example>');
    });
    afterEach(async () => {
      await harness.mailer.close();
      await harness.dispose();
    });

    it('hands over a mail with its headers', async () => {
      await harness.mailer.send(
        mail({ headers: { 'List-Unsubscribe': '<https://network.example/unsubscribe/x>', 'X-Parvis-Kind': 'mention' } }),
      );
      const [message] = await received();
      expect(message?.headers.get('from')).toEqual(['Parvis <parvis@network.example>']);
      expect(message?.headers.get('to')).toEqual(['bob@example.org']);
      expect(message?.headers.get('subject')).toEqual(['You were mentioned']);
      expect(message?.headers.get('list-unsubscribe')).toEqual(['<https://network.example/unsubscribe/x>']);
      expect(message?.headers.get('auto-submitted')).toEqual(['auto-generated']);
      expect(message?.body).toContain('Hello Bob.');
    });

    it('carries any language in subject and text, and HTML beside the text', async () => {
      await harness.mailer.send(mail({ subject: 'Réponse à « l’été »', text: 'Déjà vu', html: '<p>Déjà <b>vu</b></p>' }));
      const [message] = await harness.received();
      expect(message).toMatch(/^Subject: =\?UTF-8\?/im);
      expect(message).toContain('multipart/alternative');
      expect(message).toContain('text/html');
    });

    it('gives one mail one Message-ID, and another mail another', async () => {
      const first = mail({ id: 'e1-4-17/invite' });
      await harness.mailer.send(first);
      await harness.mailer.send(first);
      await harness.mailer.send(mail({ id: 'e1-4-18/invite' }));
      const ids = (await received()).map(({ headers }) => headers.get('message-id')?.[0]);
      expect(new Set(ids).size).toBe(2);
      for (const id of ids) expect(id).toMatch(/^<[0-9a-f]{32}@network\.example>$/);
    });

    it.each([
      ['an address with a second one', { to: 'bob@example.org, eve@example.org' }],
      ['an address with a line break', { to: 'bob@example.org\r\nBcc: eve@example.org' }],
      ['an address with a name', { to: 'Bob <bob@example.org>' }],
      ['an address with a group', { to: 'all:bob@example.org;' }],
      ['an address with SMTP in it', { to: 'bob@example.org>\r\nRCPT TO:<eve@example.org' }],
      ['no address', { to: '' }],
      ['a subject with a line break', { subject: 'Hello\r\nBcc: eve@example.org' }],
      ['a subject with a line feed', { subject: 'Hello\nBcc: eve@example.org' }],
      ['a subject that is too long', { subject: 'x'.repeat(501) }],
      ['a header value with a line break', { headers: { 'X-Kind': 'a\r\nBcc: eve@example.org' } }],
      ['a header name with a line break', { headers: { 'X-Kind\r\nBcc': 'eve@example.org' } }],
      ['a header of its own: Bcc', { headers: { Bcc: 'eve@example.org' } }],
      ['a header of its own: content type', { headers: { 'content-type': 'text/html' } }],
      ['too many headers', { headers: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`X-${index}`, 'a'])) }],
      ['an empty id', { id: '' }],
      ['a text that is too long', { text: 'x'.repeat(1024 * 1024 + 1) }],
    ])('refuses %s, without repeating it', async (_what, changes) => {
      const error = await harness.mailer.send(mail(changes as Partial<Mail>)).catch((failure: unknown) => failure);
      expect(error).toMatchObject({ kind: 'invalid' });
      expect(String((error as Error).message)).not.toContain('eve@example.org');
      expect(await harness.received()).toEqual([]);
    });

    it.each(["o'brien@example.org", 'first.last+tag@sub.example.org'])('takes the address %s', async (to) => {
      await harness.mailer.send(mail({ to }));
      expect((await received())[0]?.headers.get('to')).toEqual([to]);
    });

    it('takes a subject and headers at their limits', async () => {
      const headers = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`X-${index}`, 'a']));
      await harness.mailer.send(mail({ subject: 'x'.repeat(500), headers }));
      expect(await harness.received()).toHaveLength(1);
    });

    it('leaves a text with dots and header lookalikes as it is', async () => {
      await harness.mailer.send(mail({ text: 'first\n.\n..two\nBcc: eve@example.org\n' }));
      const [message] = await received();
      expect(message?.headers.has('bcc')).toBe(false);
      expect(message?.body.replaceAll('\r\n', '\n')).toContain('first\n.\n..two\nBcc: eve@example.org');
    });
  });
};
