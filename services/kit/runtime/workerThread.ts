import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * A thread does not share its process's cache of compiled code, and would load the TypeScript compiler (11 MB a thread) for
 * its few modules. So it begins in plain JavaScript, turns the cache on, and goes on in its module.
 */
const ENTRY = `
const [cache, entry] = process.argv.slice(2);
if (cache !== '') require('node:module').enableCompileCache(cache);
import(entry);
`;

/** Starts a thread in the module, as `new Worker(module, options)` does; without a cache in this process it has none either. */
export const startWorkerThread = (module: URL, options: Omit<WorkerOptions, 'eval' | 'argv'>): Worker => {
  const cache = getCompileCacheDir();
  // The folder that Node tells is the one for this release of it, inside the one that was asked for.
  return new Worker(ENTRY, { ...options, eval: true, argv: [cache === undefined ? '' : dirname(cache), module.href] });
};
