import { administratorCommand } from './administratorCommand.ts';
import type { Command } from './command.ts';
import { importCommand } from './importCommand.ts';
import { parkedCommand, viewsCommand } from './viewCommands.ts';

/** Commands that need the network; `start` and `help` are the command line's own. */
export const commands: readonly Command[] = [administratorCommand, importCommand, viewsCommand, parkedCommand];
