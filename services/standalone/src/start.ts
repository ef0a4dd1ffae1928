import { join } from 'node:path';
import type { GatewayPorts } from '@parvis/gateway/src/ports.ts';
import { runUntilStopped } from '@parvis/kit/runtime/lifecycle.ts';
import { createLogger } from '@parvis/kit/runtime/logger.ts';
import { systemClock } from '@parvis/kit/runtime/systemClock.ts';
import { startTelemetry } from '@parvis/kit/runtime/telemetry.ts';
import type { StandaloneConfig } from './config.ts';
import { serveControl } from './control.ts';
import { DEMO_NETWORK, DEMO_PASSWORD } from './demo/content.ts';
import { demoPeople, seedDemo } from './demo/seed.ts';
import { createNetwork } from './network.ts';
import { loadNetworkKey } from './networkKey.ts';

/** The demo's own company, and a quiet log: its address and people are what the terminal shows. */
export const forDemo = (config: StandaloneConfig): StandaloneConfig => ({
  ...config,
  organisation: { name: DEMO_NETWORK.name, domains: DEMO_NETWORK.domains, language: DEMO_NETWORK.language },
  logLevel: config.logLevel === 'info' ? 'warn' : config.logLevel,
});

const tellDemo = (address: string): void => {
  const lines = [
    '',
    `  Parvis runs at ${address}`,
    '',
    `  Demo people (password ${DEMO_PASSWORD} for everyone):`,
    ...demoPeople().map(({ name, account, about }) => `    ${account.padEnd(28)} ${name}, ${about}`),
    '',
    '  Stop it with Ctrl+C. What you do stays in the data folder; delete the folder to begin anew.',
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
};

/** Runs the network until SIGTERM or SIGINT. */
export const startNetwork = async (given: StandaloneConfig, args: readonly string[]): Promise<void> => {
  if (args.length > 0) throw new Error(`${args[0]}: expected parvis start [--demo]`);
  const config = given.demo ? forDemo(given) : given;
  const logger = createLogger({ level: config.logLevel, name: 'parvis' });
  const telemetry = await startTelemetry('standalone');
  const demo = { mailFolder: config.mail.replace(/^file:/, ''), people: demoPeople() };
  const gateway: Partial<GatewayPorts> = config.demo ? { demo } : {};
  const network = await createNetwork({ config, networkKey: loadNetworkKey(config.networkKey), clock: systemClock, logger, gateway });
  let control: { close(): Promise<void> } | undefined;
  await runUntilStopped({
    logger,
    async start() {
      await network.start({ listen: false });
      if (config.demo) await seedDemo(network);
      await network.gateway.start(config.port);
      control = await serveControl(network);
      if (config.demo) tellDemo(config.publicUrl);
      else logger.info({ address: config.publicUrl, data: join(config.dataFolder) }, 'ready');
    },
    async stop() {
      await control?.close();
      await network.gateway.stop();
      await network.stop();
      await telemetry.stop();
    },
  });
};
