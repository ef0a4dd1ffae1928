import { describe, expect, it } from '@jest/globals';
import { type InvitationMail, invitationMail } from './invitationMail.ts';

const said: InvitationMail = {
  id: 'invitation-e-1-2',
  to: 'bob@acme.example',
  persons: ['bob', 'ada'],
  language: 'fr',
  givenName: 'Bob',
  sponsorName: 'Ada Lovelace',
  organisationName: 'Acme',
  networkName: 'Host',
  link: 'https://parvis.example/invitations/secret',
  expiresAt: new Date('2026-01-19T08:00:00Z'),
};

describe('the mail of an invitation', () => {
  it('speaks both languages, the invited person’s first', () => {
    const french = invitationMail(said);
    expect(french).toMatchObject({ id: said.id, to: said.to, subject: 'Ada Lovelace vous invite dans Host' });
    expect(french.text.indexOf('Bonjour Bob,')).toBeLessThan(french.text.indexOf('Hello Bob,'));
    expect(french.text).toContain('19 janvier 2026');
    const english = invitationMail({ ...said, language: 'en' });
    expect(english.subject).toBe('Ada Lovelace invites you to Host');
    expect(english.text.indexOf('Hello Bob,')).toBeLessThan(english.text.indexOf('Bonjour Bob,'));
    expect(english.text).toContain('January 19, 2026');
    expect(english.text.split(said.link)).toHaveLength(3);
  });

  it('keeps names on their line', () => {
    const mail = invitationMail({
      ...said,
      sponsorName: 'Eve\r\nBcc: all@acme.example',
      organisationName: 'A\n\nhttps://evil.example',
      givenName: '',
    });
    expect(mail.subject).toBe('Eve Bcc: all@acme.example vous invite dans Host');
    expect(mail.text).not.toMatch(/^https:\/\/evil/m);
    expect(mail.text).toMatch(/^Bonjour,$/m);
  });
});
