import type { StandaloneConfig } from '../config.ts';
import type { Print } from './command.ts';

/** A command on the data folder itself: it runs in a process of its own, beside a network that runs or without one. */
export interface FolderCommand {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  /** @returns the exit code */
  run(config: StandaloneConfig, args: readonly string[], print: Print): Promise<number>;
}
