/**
 * Adds to package-lock.json the platform packages that npm left out: a registry mirror that serves one platform only makes
 * npm drop the others from the lock, and `npm ci` then refuses that lock everywhere. Their versions are the exact ones their
 * parent asks for; their platform follows from their names. Without the package at hand there is no integrity hash to write:
 * an `npm install` with a full registry adds it. Run it after every `npm install` that changed the lock; it changes nothing
 * when nothing is missing, and `--check` only says so.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';

interface LockEntry {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const file = path.resolve(import.meta.dirname, '../package-lock.json');
const exactVersion = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32', 'aix', 'sunos', 'netbsd', 'openbsd'];
/** Node's name of a processor, for each way that packages write it in their own names. */
const processors: Record<string, string> = {
  arm64: 'arm64',
  x64: 'x64',
  arm: 'arm',
  armv7: 'arm',
  ia32: 'ia32',
  ppc64: 'ppc64',
  s390x: 's390x',
  loong64: 'loong64',
  riscv64: 'riscv64',
};

function platformOf(name: string): { os: string[]; cpu: string[]; libc?: string[] } | undefined {
  const words = name.split('-');
  const os = systems.find((system) => words.includes(system));
  const cpu = words.map((word) => processors[word]).find((processor) => processor !== undefined);
  if (!os || !cpu) return undefined;
  if (os !== 'linux') return { os: [os], cpu: [cpu] };
  const libc = words.some((word) => word.startsWith('musl'))
    ? ['musl']
    : words.some((word) => word.startsWith('gnu'))
      ? ['glibc']
      : undefined;
  return { os: [os], cpu: [cpu], ...(libc && { libc }) };
}

/** Where npm looks for a package that the one at `from` asks for: beside it, then outwards. */
function isLocked(packages: Record<string, LockEntry>, from: string, name: string): boolean {
  for (let at = from; ; at = at.slice(0, Math.max(at.lastIndexOf('/node_modules/'), 0))) {
    if (packages[at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`]) return true;
    if (at === '') return false;
  }
}

const lock = JSON.parse(fs.readFileSync(file, 'utf8')) as { packages: Record<string, LockEntry> };
const added: string[] = [];
const unclear: string[] = [];
for (const [from, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (isLocked(lock.packages, from, name)) continue;
    const platform = platformOf(name);
    if (!platform || !exactVersion.test(version)) {
      unclear.push(`${name}@${version}`);
      continue;
    }
    const { os, cpu, libc } = platform;
    // In the order npm writes them, so that its next run changes nothing.
    lock.packages[`node_modules/${name}`] = { version, cpu, ...(parent.dev && { dev: true }), ...(libc && { libc }), optional: true, os };
    added.push(`${name}@${version}`);
  }
}
if (unclear.length > 0) console.error(`lock: left out of the lock, add by hand: ${unclear.join(', ')}`);
if (added.length > 0 && process.argv.includes('--check')) {
  console.error(`lock: ${added.length} platform packages are missing, npm ci will refuse it: run npm run lock:complete`);
} else if (added.length > 0) {
  const packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  fs.writeFileSync(file, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
  console.log(`lock: added ${added.length} packages of other platforms`);
}
if (unclear.length > 0 || (added.length > 0 && process.argv.includes('--check'))) process.exitCode = 1;
