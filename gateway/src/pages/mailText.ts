/** Mails of the demo's folder as people read them: heads, and the plain text, decoded. */

export interface ReadableMail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

const quotedPrintable = (text: string): Buffer => {
  const joined = text.replace(/=[ \t]*\r?\n/g, '');
  return Buffer.from(
    joined.replace(/=([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    'latin1',
  );
};

/** RFC 2047: words outside ASCII in a head. Two of them with nothing but space between belong together. */
const decodedWords = (text: string): string =>
  text
    .replace(/(\?=)\s+(=\?)/g, '$1$2')
    .replace(/=\?utf-8\?([bq])\?([^?\s]*)\?=/gi, (_, encoding: string, word: string) =>
      encoding.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString('utf8')
        : quotedPrintable(word.replaceAll('_', ' ')).toString('utf8'),
    );

interface Part {
  readonly heads: string;
  readonly body: string;
}

const split = (mail: string): Part => {
  const end = /\r?\n\r?\n/.exec(mail);
  const [heads, body] = end ? [mail.slice(0, end.index), mail.slice(end.index + end[0].length)] : [mail, ''];
  return { heads: heads.replace(/\r?\n[ \t]+/g, ' '), body };
};

const head = ({ heads }: Part, name: string): string => new RegExp(`^${name}: *(.*)$`, 'im').exec(heads)?.[1]?.trim() ?? '';

/** The plain text, of a mail in parts the first part that is plain. */
const textOf = (part: Part, depth = 0): string => {
  const boundary = /^multipart\/.*boundary="?([^";]+)"?/i.exec(head(part, 'Content-Type'))?.[1];
  if (boundary !== undefined && depth < 3) {
    const parts = part.body
      .split(`--${boundary}`)
      .slice(1, -1)
      .map((inner) => split(inner.replace(/^\r?\n/, '')));
    const plain = parts.find((inner) => /^(text\/plain|multipart\/)/i.test(head(inner, 'Content-Type'))) ?? parts[0];
    return plain ? textOf(plain, depth + 1) : '';
  }
  switch (head(part, 'Content-Transfer-Encoding').toLowerCase()) {
    case 'quoted-printable':
      return quotedPrintable(part.body).toString('utf8');
    case 'base64':
      return Buffer.from(part.body, 'base64').toString('utf8');
    default:
      return Buffer.from(part.body, 'latin1').toString('utf8');
  }
};

/** @param mail the file's bytes as latin1, so that none is lost before its encoding is known */
export const readableMail = (mail: string): ReadableMail => {
  const whole = split(mail);
  const words = (name: string): string => decodedWords(Buffer.from(head(whole, name), 'latin1').toString('utf8'));
  return { from: words('From'), to: words('To'), subject: words('Subject'), text: textOf(whole) };
};
