/** `parvis start` on a folder of its own, as a user starts it: time until it is ready, and memory when nothing happens. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { residentMb } from '../processMemory.ts';
import { atMost, figure, type Measurement } from '../report/measurement.ts';
import type { Sizes } from '../sizes.ts';

const COMMAND = join(import.meta.dirname, '../../../services/standalone/src/cli.ts');

interface Started {
  readonly process: ChildProcess;
  readonly seconds: number;
}

const start = async (dataFolder: string): Promise<Started> => {
  const sinceMs = performance.now();
  const child = spawn(process.execPath, [COMMAND, 'start'], {
    env: { PATH: process.env.PATH, PARVIS_STORE: `sqlite:${dataFolder}`, PARVIS_PORT: '0', PARVIS_PUBLIC_URL: 'http://localhost:8080' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('"msg":"ready"')) return { process: child, seconds: (performance.now() - sinceMs) / 1000 };
  }
  throw new Error('parvis start ended before it was ready');
};

const stop = async ({ process: child }: Started): Promise<void> => {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
};

export const measureStart = async (root: string, sizes: Sizes): Promise<Measurement> => {
  const folder = await mkdtemp(join(root, 'start-'));
  const seconds: number[] = [];
  let idle = 0;
  for (let nth = 0; nth < sizes.starts; nth += 1) {
    const started = await start(join(folder, 'data'));
    // The first fills the caches of the machine and of compiled code, and makes keys.
    if (nth > 0) seconds.push(started.seconds);
    if (nth === sizes.starts - 1) {
      await pause(sizes.idleS * 1000);
      idle = await residentMb(started.process.pid as number);
    }
    await stop(started);
  }
  await rm(folder, { recursive: true, force: true });
  const ready = figure('from the command to ready, but the first', 's', seconds);
  const memory = figure(`resident memory ${sizes.idleS} s after ready`, 'MB', [idle]);
  return {
    title: '`parvis start` on an almost empty folder',
    figures: [ready, memory],
    budgets: [atMost('ready in ≤ 3 s', ready, 3), atMost('idle ≤ 200 MB', memory, 200)],
  };
};
