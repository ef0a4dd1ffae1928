/**
 * `npm run bench -- [--quick] [--posts N] [--rounds N] [--out FILE] [--folder FOLDER]`: measures the budgets of the design and prints a report
 * in Markdown. Data goes into a new folder below FOLDER (default: the machine's for temporary files) and is removed at the end. FILE is
 * written after each phase, so that a run that is broken off leaves what it measured.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { load, machineLines } from './machine.ts';
import { PHASES } from './phases.ts';
import { markdownOf } from './report/markdown.ts';
import type { Measurement } from './report/measurement.ts';
import { type Sizes, sizesOf } from './sizes.ts';

const tell = (line: string): void => void process.stderr.write(`${line}\n`);

/** Runs one phase in a process of its own. @throws when it fails */
const runApart = async (name: string, root: string, sizes: Sizes): Promise<readonly Measurement[]> => {
  const out = join(root, `${name}.json`);
  const numbers = ['--posts', String(sizes.posts.large), '--rounds', String(sizes.rounds)];
  const args = [import.meta.filename, '--phase', name, '--folder', root, '--out', out, ...numbers];
  if (sizes.name === 'quick') args.push('--quick');
  const child = spawn(process.execPath, [...process.execArgv, ...args], { stdio: ['ignore', 2, 2] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the phase ${name} failed (${code})`);
  return JSON.parse(await readFile(out, 'utf8')) as readonly Measurement[];
};

const sizeLines = (sizes: Sizes): [string, string][] => {
  const { small, large, search } = sizes.posts;
  const number = (value: number): string => value.toLocaleString('en-US');
  return [
    ['posts', `${number(small)} (whole network), ${number(large)} (feed and views), ${number(search)} (search)`],
    ['people, groups', `${number(sizes.people)} people, ${number(sizes.groups)} groups, one of ${number(sizes.largeGroup)} members`],
  ];
};

const runAll = async (root: string, sizes: Sizes, onReport: (report: string) => Promise<void>): Promise<void> => {
  const loads: string[] = [`before: ${load()}`];
  const machine = machineLines(root);
  const measurements: Measurement[] = [];
  const sinceMs = performance.now();
  for (const name of Object.keys(PHASES)) {
    const phaseMs = performance.now();
    measurements.push(...(await runApart(name, root, sizes)));
    loads.push(`after ${name}: ${load()}`);
    tell(`${name}: ${((performance.now() - phaseMs) / 1000).toFixed(1)} s, load ${load()}`);
    const minutes = ((performance.now() - sinceMs) / 60_000).toFixed(1);
    const run: [string, string] = ['run', `${sizes.name}, ${sizes.rounds} rounds, ${minutes} minutes`];
    const about = [...machine, ...sizeLines(sizes), ['load average (1, 5, 15 minutes)', loads.join('; ')] as const, run];
    await onReport(markdownOf({ about, measurements }));
  }
};

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    posts: { type: 'string' },
    rounds: { type: 'string' },
    out: { type: 'string' },
    folder: { type: 'string', default: tmpdir() },
    phase: { type: 'string' },
  },
});

/** @throws naming the option */
const numberOf = (name: 'posts' | 'rounds', least: number): number | undefined => {
  const text = values[name];
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text) || Number(text) < least) throw new Error(`--${name}: expected a number of at least ${least}`);
  return Number(text);
};

/** Fewer posts fill no feed. */
const LEAST_POSTS = 10_000;
const sizes = sizesOf({ quick: values.quick, posts: numberOf('posts', LEAST_POSTS), rounds: numberOf('rounds', 1) });
if (values.phase === undefined) {
  const root = await mkdtemp(join(values.folder, 'parvis-bench-'));
  try {
    let report = '';
    await runAll(root, sizes, async (soFar) => {
      report = soFar;
      if (values.out !== undefined) await writeFile(values.out, soFar);
    });
    process.stdout.write(report);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
} else {
  const phase = PHASES[values.phase];
  if (phase === undefined || values.out === undefined) throw new Error(`--phase: expected ${Object.keys(PHASES).join(', ')}, with --out`);
  await writeFile(values.out, JSON.stringify(await phase(values.folder, sizes)));
}
