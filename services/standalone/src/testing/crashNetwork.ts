/**
 * The whole network in a process of its own, to be killed: started by crash.network.spec.ts. Arguments: data folder, port.
 * Says `ready` once it answers.
 */
import { systemClock } from '@parvis/kit/runtime/systemClock.ts';
import { testLogger } from '@parvis/kit/testing/testPorts.ts';
import { configOf, environmentSchema } from '../config.ts';
import { createNetwork } from '../network.ts';
import { TEST_DOMAIN, TEST_NETWORK_KEY, TEST_RATE_LIMITS } from './testNetwork.ts';

const [, , dataFolder = '', port = '0'] = process.argv;
const environment = environmentSchema.parse({ PARVIS_PORT: port, PARVIS_STORE: `sqlite:${dataFolder}`, PARVIS_DOMAINS: TEST_DOMAIN });
// Demo mode lets a caller sign in with a password and no browser; no demo people are made.
const config = configOf(environment, { demo: true });
const gateway = { rateLimits: TEST_RATE_LIMITS };
const network = await createNetwork({ config, networkKey: TEST_NETWORK_KEY, clock: systemClock, logger: testLogger, gateway });
await network.start({ listen: true });
process.stdout.write('ready\n');
