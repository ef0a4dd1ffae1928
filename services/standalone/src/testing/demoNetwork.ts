/** The demonstration in this process, for suites: its people and posts on a temporary folder, the gateway on a free port. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@parvis/kit/runtime/systemClock.ts';
import { settled } from '@parvis/kit/testing/settled.ts';
import { testLogger } from '@parvis/kit/testing/testPorts.ts';
import { configOf, environmentSchema } from '../config.ts';
import { demoPeople, seedDemo } from '../demo/seed.ts';
import { createNetwork, type Network } from '../network.ts';
import { forDemo } from '../start.ts';
import { freePort } from './freePort.ts';

export interface DemoNetwork {
  readonly network: Network;
  readonly address: string;
  /** Holds the network's data, and is removed with it: a place for what a suite writes. */
  readonly folder: string;
  settled(): Promise<void>;
  close(): Promise<void>;
}

export const startDemoNetwork = async (): Promise<DemoNetwork> => {
  const folder = await mkdtemp(join(tmpdir(), 'parvis-demo-'));
  const port = await freePort();
  const environment = environmentSchema.parse({ PARVIS_PORT: String(port), PARVIS_STORE: `sqlite:${join(folder, 'data')}` });
  const config = forDemo(configOf(environment, { demo: true }));
  const demo = { mailFolder: config.mail.replace(/^file:/, ''), people: demoPeople() };
  const networkKey = new Uint8Array(32).fill(7);
  const gateway = { demo, checkResponses: true };
  const network = await createNetwork({ config, networkKey, clock: systemClock, logger: testLogger, gateway });
  await network.start({ listen: false });
  await seedDemo(network);
  await network.gateway.start(port);
  const { services, stores } = network;
  return {
    network,
    address: config.publicUrl,
    folder,
    settled: () => settled(Object.values(services), Object.values(stores.logs)),
    async close() {
      await network.gateway.stop();
      await network.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
