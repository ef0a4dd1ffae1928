import type { Network } from '../network.ts';

/** Says one line to whoever asked. */
export type Print = (line: string) => void;

/** A command of `parvis` on a network: run inside the process that holds it, or on the folder itself while none does. */
export interface Command {
  readonly name: string;
  /** As in `parvis help`, without the name. */
  readonly usage: string;
  readonly summary: string;
  /** True for what may be the first thing done to a network: the data folder is made. */
  readonly begins?: true;
  /** @throws CommandRefused when the arguments are wrong; any error is told in one line, with a non-zero exit. */
  run(network: Network, args: readonly string[], print: Print): Promise<void>;
}

export class CommandRefused extends Error {
  constructor(expected: string) {
    super(`expected ${expected}`);
    this.name = 'CommandRefused';
  }
}
