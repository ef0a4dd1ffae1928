import { describe, expect, it } from '@jest/globals';
import { readableMail } from './mailText.ts';

const mail = (...lines: string[]): string => Buffer.from(lines.join('\r\n'), 'utf8').toString('latin1');

describe('a mail as people read it', () => {
  it('plain', () => {
    const read = readableMail(mail('From: a@b.example', 'To: c@d.example', 'Subject: Hello', '', 'One', '', 'Réunion'));
    expect(read).toEqual({ from: 'a@b.example', to: 'c@d.example', subject: 'Hello', text: 'One\r\n\r\nRéunion' });
  });

  it('with lines that were broken and letters that were coded', () => {
    const read = readableMail(
      mail(
        'Subject: =?UTF-8?Q?Ana_vous_invite_=C3=A0?=',
        ' =?UTF-8?B?IGwnw6l0w6k=?=',
        'Content-Transfer-Encoding: quoted-printable',
        '',
        'https://a.example/invi=',
        'tations/x=3Dy =C3=A9',
      ),
    );
    expect(read).toMatchObject({ subject: "Ana vous invite à l'été", text: 'https://a.example/invitations/x=y é' });
  });

  it('in base64', () => {
    const text = Buffer.from('Réunion à midi').toString('base64');
    expect(readableMail(mail('Content-Transfer-Encoding: base64', '', text)).text).toBe('Réunion à midi');
  });

  it('in parts: the plain one', () => {
    const read = readableMail(
      mail(
        'Content-Type: multipart/alternative;',
        ' boundary="--_x.1"',
        '',
        '----_x.1',
        'Content-Type: text/html',
        '',
        '<p>no</p>',
        '----_x.1',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Transfer-Encoding: quoted-printable',
        '',
        'd=C3=A9j=C3=A0',
        '----_x.1--',
        '',
      ),
    );
    expect(read.text.trim()).toBe('déjà');
  });

  it('that is none', () => {
    for (const text of ['', 'x', '\r\n\r\n', 'Content-Type: multipart/mixed; boundary=a\r\n\r\n']) {
      expect(readableMail(text)).toMatchObject({ from: '', to: '', subject: '' });
    }
  });
});
