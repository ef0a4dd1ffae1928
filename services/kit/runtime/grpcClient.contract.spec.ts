import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { noteDefinition, rpcContract } from '../testing/contracts/rpcContract.ts';
import { grpcClient } from './grpcClient.ts';
import { grpcServer } from './grpcServer.ts';
import { bind } from './rpc.ts';
import { createServiceIdentity } from './serviceIdentity.ts';

rpcContract('gRPC', async (handlers) => {
  const key = randomBytes(32);
  const server = grpcServer({
    bindings: [bind(noteDefinition, handlers)],
    address: '127.0.0.1:0',
    identity: createServiceIdentity('post', key),
    callers: ['search'],
    logger: pino({ level: 'silent' }),
  });
  const port = await server.start();
  const { client, close } = grpcClient(noteDefinition, `127.0.0.1:${port}`, {
    identity: createServiceIdentity('search', key),
    service: 'post',
  });
  return {
    client,
    close: async () => {
      close();
      await server.stop();
    },
  };
});
