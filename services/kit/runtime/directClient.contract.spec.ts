import { noteDefinition, rpcContract } from '../testing/contracts/rpcContract.ts';
import { directClient } from './directClient.ts';

rpcContract('direct', async (handlers) => ({ client: directClient(noteDefinition, handlers), close: async () => undefined }));
