import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

/** A next hop for tests: takes mails, or answers as told. Speaks just enough of RFC 5321, without TLS. */
export interface TestSmtpServer {
  readonly port: number;
  readonly messages: readonly string[];
  readonly recipients: readonly string[];
  /** Answers to a command (by its first word, or `BODY` for the end of a message) instead of the usual ones. */
  readonly answers: Map<string, string>;
  close(): Promise<void>;
}

const USUAL: Readonly<Record<string, string>> = {
  EHLO: '250 test',
  HELO: '250 test',
  MAIL: '250 ok',
  RCPT: '250 ok',
  DATA: '354 go on',
  BODY: '250 taken',
  RSET: '250 ok',
  QUIT: '221 bye',
};

export const openTestSmtpServer = async (): Promise<TestSmtpServer> => {
  const messages: string[] = [];
  const recipients: string[] = [];
  const answers = new Map<string, string>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setEncoding('latin1').write('220 test\r\n');
    let pending = '';
    let inBody = false;
    const answer = (word: string): void => {
      const text = answers.get(word) ?? USUAL[word] ?? '500 unknown';
      inBody = text.startsWith('354');
      socket.write(`${text}\r\n`);
      if (word === 'QUIT') socket.end();
    };
    const takeBody = (): boolean => {
      const end = pending.indexOf('\r\n.\r\n');
      if (end < 0) return false;
      const message = pending.slice(0, end + 2).replaceAll(/^\.\./gm, '.');
      pending = pending.slice(end + 5);
      if ((answers.get('BODY') ?? '250').startsWith('2')) messages.push(Buffer.from(message, 'latin1').toString('utf8'));
      answer('BODY');
      return true;
    };
    const takeLine = (): boolean => {
      const end = pending.indexOf('\r\n');
      if (end < 0) return false;
      const line = pending.slice(0, end);
      pending = pending.slice(end + 2);
      if (line.startsWith('RCPT')) recipients.push(/<(.*)>/.exec(line)?.[1] ?? '');
      answer(line.split(' ')[0]?.toUpperCase() ?? '');
      return true;
    };
    socket.on('data', (chunk: string) => {
      pending += chunk;
      while (inBody ? takeBody() : takeLine());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    messages,
    recipients,
    answers,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};
