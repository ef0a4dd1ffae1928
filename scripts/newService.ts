/**
 * npm run new:service NAME: a service that starts, is tested and keeps to the arrows, with one small aggregate to replace.
 * Templates lie in scripts/newService/template; what else of the repository must know a service is one entry of `registrations`.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const templates = path.join(import.meta.dirname, 'newService/template');
/** One lower-case word: it is a folder, a proto package, a stream's first segment and part of TypeScript names. */
const NAME = /^[a-z]{3,30}$/;

const fail = (message: string): never => {
  process.stderr.write(`new:service: ${message}\n`);
  process.exit(1);
};

const at = (file: string): string => path.join(root, file);
const read = (file: string): string => fs.readFileSync(at(file), 'utf8');
const write = (file: string, text: string): void => {
  fs.mkdirSync(path.dirname(at(file)), { recursive: true });
  fs.writeFileSync(at(file), text);
};

const rendered = (text: string, name: string): string =>
  text
    .replaceAll('__name__', name)
    .replaceAll('__Name__', `${name[0]?.toUpperCase()}${name.slice(1)}`)
    .replaceAll('__NAME__', name.toUpperCase());

/** Files of the service by where they go. */
const filesOf = (name: string): Map<string, string> => {
  const files = new Map<string, string>();
  const places = [
    { from: 'service', to: `services/${name}` },
    { from: 'proto', to: `proto/parvis/${name}/v1` },
  ];
  for (const { from, to } of places) {
    const folder = path.join(templates, from);
    for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const source = path.join(entry.parentPath, entry.name);
      const target = rendered(path.join(to, path.relative(folder, source)), name).replace(/\.txt$/, '');
      files.set(target, rendered(fs.readFileSync(source, 'utf8'), name));
    }
  }
  return files;
};

/** @throws when the place is not found: the file was changed, and this script must follow */
const insert = (file: string, before: RegExp, text: string): void => {
  const content = read(file);
  const place = before.exec(content);
  if (!place) throw new Error(`${file}: no place like ${before}`);
  write(file, `${content.slice(0, place.index)}${text}${content.slice(place.index)}`);
};

const addWorkspace = (name: string): void => insert('package.json', /\n {4}"services\/standalone"/, `\n    "services/${name}",`);

/** As `npm install` would write it, without asking a registry: a workspace brings no package of its own. */
const addToLock = (name: string): void => {
  const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, Record<string, unknown>> };
  const { version, license, dependencies } = JSON.parse(read(`services/${name}/package.json`)) as Record<string, unknown>;
  const manifest = lock.packages[''] as { workspaces: string[] };
  manifest.workspaces = (JSON.parse(read('package.json')) as { workspaces: string[] }).workspaces;
  lock.packages[`node_modules/@parvis/${name}`] = { resolved: `services/${name}`, link: true };
  lock.packages[`services/${name}`] = { name: `@parvis/${name}`, version, license, dependencies };
  const sorted = Object.entries(lock.packages).sort(([one], [other]) => one.localeCompare(other, 'en'));
  write('package-lock.json', `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, undefined, 2)}\n`);
};

const linkWorkspace = (name: string): void => {
  fs.symlinkSync(`../../services/${name}`, at(`node_modules/@parvis/${name}`));
};

const addStreamFamily = (name: string): void =>
  insert(
    'services/contracts/src/registry.ts',
    /\n\};\n\n\/\*\* Family of a stream/,
    rendered("\n  __name__: 'parvis.__name__.v1.__Name__Event',", name),
  );

/** Suites may give it a log, and identity's vault hands it keys once its events hold personal fields. */
const addToLists = (name: string): void => {
  insert('services/kit/testing/fakeNetwork.ts', /(?<=const SOURCES = \[[^\]]*)\] as const/, `, '${name}'`);
  insert('services/identity/src/app/keysQuery.ts', /(?<=KEY_READERS: readonly string\[\] = \[[^\]]*)\]/, `, '${name}'`);
};

/** In order; whatever a service needs outside its folder belongs here, deployment descriptions included. */
const registrations: readonly ((name: string) => void)[] = [addWorkspace, addToLock, linkWorkspace, addStreamFamily, addToLists];

const tidy = (name: string): void => {
  const paths = [
    `services/${name}`,
    'services/contracts/src/registry.ts',
    'services/kit/testing/fakeNetwork.ts',
    'services/identity/src/app/keysQuery.ts',
  ];
  execFileSync(at('node_modules/.bin/biome'), ['check', '--write', ...paths], { cwd: root, stdio: 'pipe' });
};

const [name = ''] = process.argv.slice(2);
if (!NAME.test(name)) fail('expected a name of 3 to 30 lower-case letters, e.g. npm run new:service survey');
if (fs.existsSync(at(`services/${name}`)) || fs.existsSync(at(`proto/parvis/${name}`))) fail(`${name} is there already`);
if (fs.readdirSync(at('node_modules/@parvis')).includes(name)) fail(`${name} is the name of another package here`);

for (const [file, text] of filesOf(name)) write(file, text);
for (const register of registrations) register(name);
execFileSync(process.execPath, [at('scripts/generate.ts')], { cwd: root, stdio: 'pipe' });
tidy(name);
process.stdout.write(
  [
    `services/${name} is there, with proto/parvis/${name}/v1. Now:`,
    `  npm run test:spec -- services/${name} && npm run test:component -- services/${name}`,
    `  replace its aggregate; say in service.json whom it calls and follows`,
    `  let the gateway call it: gateway/service.json, gateway/src/ports.ts and gateway/src/processPorts.ts`,
    '',
  ].join('\n'),
);
