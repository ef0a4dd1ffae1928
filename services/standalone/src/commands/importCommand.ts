import { resolve } from 'node:path';
import { runImport } from '../import/runImport.ts';
import { importTargets } from '../import/targets.ts';
import { type Command, CommandRefused } from './command.ts';

export const importCommand: Command = {
  name: 'import',
  begins: true,
  usage: 'FILE.jsonl',
  summary: 'check a file of people, groups and posts, then write it; repeating it changes nothing (docs/import.md)',
  async run(network, args, print) {
    const [file, ...more] = args;
    if (file === undefined || more.length > 0) throw new CommandRefused('one file: parvis import FILE.jsonl');
    const { lines, counts } = await runImport(importTargets(network), resolve(file));
    const kinds = Object.entries(counts).map(([type, count]) => `${count} ${type}`);
    print(`imported ${lines} lines: ${kinds.join(', ')}`);
  },
};
