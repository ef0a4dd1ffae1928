/** The `parvis` command: starts the network, or runs a command on it. One line and a non-zero exit when something is wrong. */
import { existsSync } from 'node:fs';
import { readConfig } from '@parvis/kit/runtime/config.ts';
import { createLogger } from '@parvis/kit/runtime/logger.ts';
import { systemClock } from '@parvis/kit/runtime/systemClock.ts';
import type { Command, Print } from './commands/command.ts';
import { folderCommands } from './commands/folderCommands.ts';
import { commands } from './commands/table.ts';
import { configOf, environmentSchema, type StandaloneConfig } from './config.ts';
import { askControl } from './control.ts';
import { createNetwork } from './network.ts';
import { loadNetworkKey } from './networkKey.ts';
import { startNetwork } from './start.ts';

const print: Print = (line) => {
  process.stdout.write(`${line}\n`);
};

const help = (): void => {
  print('parvis start [--demo]');
  print('    run the whole network; --demo: with fictional people, for this machine only');
  for (const { name, usage, summary } of [...commands, ...folderCommands]) {
    print(`parvis ${name} ${usage}`.trimEnd());
    print(`    ${summary}`);
  }
  print('');
  print('--demo after any command means the demo network. Settings are environment variables: docs/settings.md');
};

/** Runs the command in the process that holds the folder, or here when none does. */
const runCommand = async (config: StandaloneConfig, command: Command, args: readonly string[]): Promise<void> => {
  if (await askControl(config.dataFolder, { command: command.name, args: [...args] }, print)) return;
  if (!command.begins && !existsSync(config.dataFolder))
    throw new Error(`${config.dataFolder}: expected a data folder; parvis start makes one`);
  const logger = createLogger({ level: 'error', name: 'parvis' });
  const network = await createNetwork({ config, networkKey: loadNetworkKey(config.networkKey), clock: systemClock, logger });
  try {
    await network.start({ listen: false });
    await command.run(network, args, print);
  } finally {
    await network.stop();
  }
};

/** @param words as typed after `parvis`. @throws what to tell in one line; sets a non-zero exit code when a check found something */
export const runCommandLine = async (words: readonly string[]): Promise<void> => {
  const [name = 'help', ...rest] = words;
  const demo = rest.includes('--demo');
  const args = rest.filter((argument) => argument !== '--demo');
  if (name === 'help' || name === '--help' || name === '-h') return help();
  const config = configOf(readConfig(process.env, environmentSchema), { demo });
  if (name === 'start') return startNetwork(config, args);
  const folderCommand = folderCommands.find((known) => known.name === name);
  if (folderCommand) {
    process.exitCode = await folderCommand.run(config, args, print);
    return;
  }
  const command = commands.find((known) => known.name === name);
  if (!command) {
    const names = [...commands, ...folderCommands].map((known) => known.name);
    throw new Error(`${name}: expected one of start, ${names.join(', ')}, help`);
  }
  await runCommand(config, command, args);
};
