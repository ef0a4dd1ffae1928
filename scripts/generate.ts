/**
 * Turns proto/** into services/contracts/gen. Nothing is done when a hash over every input equals the stamp of the last
 * run, so that each other script can call this first. The new code is made aside and then copied file by file: a
 * process that runs meanwhile never sees an empty folder.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const generated = path.join(root, 'services/contracts/gen');
// One folder per run: two may run at once.
const aside = path.join(root, 'node_modules/.cache/parvis', `generate-${process.pid}`);
const stampFile = path.join(generated, '.stamp');
const registryScript = 'services/contracts/scripts/generateRegistry.ts';
// Only these folders hold buf's modules; the registry, the descriptors and the stamp beside them are never stale.
const modulesUnder = ['parvis', 'google'];

function filesUnder(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

function inputsHash(): string {
  const hash = createHash('sha256');
  const inputs = [
    ...filesUnder(path.join(root, 'proto')).filter((file) => file.endsWith('.proto')),
    ...filesUnder(path.join(root, 'services/contracts/scripts')),
    path.join(root, 'buf.yaml'),
    path.join(root, 'buf.gen.yaml'),
    path.join(root, 'node_modules/ts-proto/package.json'),
  ];
  for (const file of inputs) {
    hash
      .update(`${path.relative(root, file)}\0`)
      .update(fs.readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { cwd: root, stdio: 'inherit' });
}

/** Copies what changed and removes modules whose proto file is gone. */
function settle(): void {
  const made = path.join(aside, 'services/contracts/gen');
  const keep = new Set<string>();
  for (const file of filesUnder(made)) {
    const target = path.join(generated, path.relative(made, file));
    keep.add(target);
    const content = fs.readFileSync(file);
    if (fs.existsSync(target) && fs.readFileSync(target).equals(content)) continue;
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(`${target}.${process.pid}`, content);
    fs.renameSync(`${target}.${process.pid}`, target);
  }
  for (const folder of modulesUnder) {
    for (const file of filesUnder(path.join(generated, folder))) if (!keep.has(file)) fs.rmSync(file);
  }
}

const wanted = inputsHash();
const force = process.argv.includes('--force');
if (!force && fs.existsSync(stampFile) && fs.readFileSync(stampFile, 'utf8') === wanted) {
  process.exit(0);
}
if (!filesUnder(path.join(root, 'proto')).some((file) => file.endsWith('.proto'))) {
  console.log('generate: no proto file yet, nothing to do');
  process.exit(0);
}
const buf = path.join(root, 'node_modules/.bin/buf');
fs.rmSync(aside, { recursive: true, force: true });
fs.mkdirSync(generated, { recursive: true });
run(buf, 'generate', '--output', aside);
settle();
fs.rmSync(aside, { recursive: true });
run(buf, 'build', '--output', path.join(generated, 'descriptors.binpb'));
if (fs.existsSync(path.join(root, registryScript))) run(process.execPath, registryScript);
// Last, so that a failed run is repeated.
fs.writeFileSync(stampFile, wanted);
console.log('generate: services/contracts/gen is up to date');
