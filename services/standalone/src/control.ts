/**
 * One process holds the data folder. While it runs, the `parvis` command asks it over a socket in that folder, which only the owner of the
 * folder may open. A request is one JSON line { command, args }; the answer is JSON lines { print } and at last { done } or { error }.
 */
import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Print } from './commands/command.ts';
import { commands } from './commands/table.ts';
import type { Network } from './network.ts';

const request = z.strictObject({ command: z.string().max(100), args: z.array(z.string().max(4096)).max(50) });
type Request = z.infer<typeof request>;
const answer = z.union([
  z.strictObject({ print: z.string() }),
  z.strictObject({ done: z.literal(true) }),
  z.strictObject({ error: z.string() }),
]);

export const socketPath = (dataFolder: string): string => join(dataFolder, 'control.sock');

const handle = async (network: Network, socket: Socket): Promise<void> => {
  const say = (line: z.infer<typeof answer>): void => {
    socket.write(`${JSON.stringify(line)}\n`);
  };
  try {
    for await (const line of createInterface({ input: socket })) {
      const { command: name, args } = request.parse(JSON.parse(line));
      const command = commands.find((known) => known.name === name);
      if (!command) throw new Error(`no command ${name}`);
      await command.run(network, args, (text) => say({ print: text }));
      say({ done: true });
      break;
    }
  } catch (error) {
    say({ error: error instanceof Error ? error.message : String(error) });
  }
  socket.end();
};

/** Answers commands until closed. A socket left by a process that was killed is replaced: the logs' locks say who holds the folder. */
export const serveControl = async (network: Network): Promise<{ close(): Promise<void> }> => {
  const path = socketPath(network.config.dataFolder);
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', (error) => network.logger.debug({ err: error }, 'a command went away'));
    void handle(network, socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve());
  });
  chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};

/** Asks the process that holds the folder. @returns false when none answers. @throws what it answered as an error */
export const askControl = async (dataFolder: string, asked: Request, print: Print): Promise<boolean> => {
  const socket = await new Promise<Socket | undefined>((resolve) => {
    const opened = connect(socketPath(dataFolder), () => resolve(opened));
    opened.once('error', () => resolve(undefined));
  });
  if (!socket) return false;
  socket.write(`${JSON.stringify(asked)}\n`);
  for await (const line of createInterface({ input: socket })) {
    const said = answer.parse(JSON.parse(line));
    if ('print' in said) print(said.print);
    else if ('error' in said) throw new Error(said.error);
    else return true;
  }
  throw new Error('the network stopped before it had answered; whether the command was finished is not known');
};
