/** Proves that the arrow check refuses what it should: a small tree of forbidden and allowed imports, cruised once. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const root = path.resolve(import.meta.dirname, '..');

/** Each import is written into its file; `refusedBy` is the rule that must refuse it, or undefined where it is allowed. */
const cases: { from: string; imports: string; refusedBy?: string }[] = [
  { from: 'services/post/src/domain/clock.ts', imports: 'node:fs', refusedBy: 'domain-is-pure' },
  { from: 'services/post/src/domain/port.ts', imports: '@parvis/kit/ports/eventLog.ts', refusedBy: 'domain-is-pure' },
  { from: 'services/post/src/domain/library.ts', imports: 'zod', refusedBy: 'domain-is-pure' },
  { from: 'services/post/src/domain/ids.ts', imports: '@parvis/kit/runtime/ids.ts', refusedBy: 'domain-is-pure' },
  { from: 'services/post/src/domain/codec.ts', imports: '@parvis/kit/eventing/codec.ts', refusedBy: 'domain-is-pure' },
  { from: 'services/post/src/domain/decider.ts', imports: '@parvis/kit/eventing/decider.ts' },
  { from: 'services/post/src/domain/errors.ts', imports: '@parvis/kit/runtime/errors.ts' },
  { from: 'services/post/src/views/codec.ts', imports: '@parvis/kit/eventing/codec.ts', refusedBy: 'views-layer' },
  { from: 'services/post/src/views/projection.ts', imports: '@parvis/kit/eventing/projection.ts' },
  { from: 'services/post/src/app/frame.ts', imports: '@parvis/kit/runtime/service.ts' },
  { from: 'services/post/src/views/ids.ts', imports: '@parvis/kit/runtime/ids.ts' },
  { from: 'services/post/src/domain/good.ts', imports: '@parvis/contracts/src/registry.ts' },
  { from: 'services/post/src/domain/good.spec.ts', imports: 'fast-check' },
  {
    from: 'services/post/src/app/adapter.ts',
    imports: '@parvis/kit/adapters/sqlite/log.ts',
    refusedBy: 'only-launchers-see-adapters',
  },
  { from: 'services/post/src/app/viaType.ts', imports: '@parvis/kit/runtime/config.ts', refusedBy: 'app-layer' },
  { from: 'services/post/src/app/rpc.ts', imports: '@grpc/grpc-js', refusedBy: 'inner-layers-see-no-edge' },
  { from: 'services/post/src/app/files.ts', imports: 'node:fs', refusedBy: 'app-layer' },
  { from: 'services/post/src/app/good.ts', imports: '@parvis/access/src/mayRead.ts' },
  { from: 'services/post/src/app/good2.ts', imports: '../domain/good.ts' },
  { from: 'services/post/src/views/toDomain.ts', imports: '../domain/good.ts', refusedBy: 'views-layer' },
  { from: 'services/post/src/views/good.ts', imports: '@parvis/kit/ports/eventLog.ts' },
  { from: 'services/post/src/transport/toDomain.ts', imports: '../domain/good.ts', refusedBy: 'transport-layer' },
  { from: 'services/post/src/transport/grpc.ts', imports: '../app/good.ts' },
  { from: 'services/post/src/service.ts', imports: './transport/grpc.ts' },
  { from: 'services/post/src/main.ts', imports: '@parvis/kit/adapters/sqlite/log.ts' },
  {
    from: 'services/group/src/service.ts',
    imports: '@parvis/post/src/service.ts',
    refusedBy: 'services-never-import-services',
  },
  {
    from: 'services/group/src/app/inner.ts',
    imports: '../../../post/src/app/good.ts',
    refusedBy: 'services-never-import-services',
  },
  {
    from: 'services/group/src/group.component.spec.ts',
    imports: '@parvis/post/src/service.ts',
    refusedBy: 'services-never-import-services',
  },
  { from: 'services/kit/ports/driver.ts', imports: 'pino', refusedBy: 'ports-are-interfaces' },
  {
    from: 'services/kit/eventing/toService.ts',
    imports: '@parvis/post/src/service.ts',
    refusedBy: 'kit-sees-no-service',
  },
  {
    from: 'services/kit/adapters/mongo/log.ts',
    imports: '../sqlite/log.ts',
    refusedBy: 'adapters-never-import-adapters',
  },
  { from: 'services/kit/adapters/mongo/text.ts', imports: 'node:sqlite', refusedBy: 'driver-sqlite-in-its-adapter' },
  { from: 'services/kit/adapters/sqlite/log.ts', imports: 'node:sqlite' },
  { from: 'services/kit/runtime/config.ts', imports: 'zod' },
  {
    from: 'services/kit/runtime/testHelp.ts',
    imports: '@parvis/kit/testing/clock.ts',
    refusedBy: 'testing-stays-in-tests',
  },
  { from: 'services/kit/runtime/cycleA.ts', imports: './cycleB.ts', refusedBy: 'no-cycles' },
  { from: 'services/kit/runtime/undeclared.ts', imports: 'express', refusedBy: 'declared-packages' },
  { from: 'services/kit/runtime/development.ts', imports: 'fast-check', refusedBy: 'no-development-packages' },
  { from: 'services/kit/runtime/nowhere.ts', imports: './absent.ts', refusedBy: 'resolvable' },
  { from: 'services/standalone/src/good.ts', imports: '@parvis/post/src/service.ts' },
  {
    from: 'services/standalone/src/inner.ts',
    imports: '@parvis/post/src/app/good.ts',
    refusedBy: 'standalone-through-front-doors',
  },
  { from: 'services/standalone/src/adapters.ts', imports: '@parvis/kit/adapters/sqlite/log.ts' },
  { from: 'gateway/src/adapter.ts', imports: '@parvis/kit/adapters/sqlite/log.ts', refusedBy: 'gateway-layer' },
  { from: 'gateway/src/service.ts', imports: '@parvis/post/src/service.ts', refusedBy: 'gateway-layer' },
  { from: 'gateway/src/main.ts', imports: '@parvis/kit/adapters/sqlite/log.ts' },
  { from: 'web/src/server.ts', imports: '../../gateway/src/good.ts', refusedBy: 'web-stands-alone' },
  { from: 'gateway/src/good.ts', imports: '@parvis/access/src/mayRead.ts' },
];

/** Modules that the cases point at and that need no import of their own. */
const targets = [
  'services/post/src/app/target.ts',
  'services/contracts/src/registry.ts',
  'services/access/src/mayRead.ts',
  'services/kit/ports/eventLog.ts',
  'services/kit/testing/clock.ts',
  'services/kit/runtime/errors.ts',
  'services/kit/eventing/decider.ts',
  'services/kit/eventing/codec.ts',
  'services/kit/eventing/projection.ts',
  'services/kit/runtime/service.ts',
  'services/kit/runtime/ids.ts',
];
const workspaces = ['contracts', 'access', 'kit', 'post', 'group', 'standalone'].map((name) => `services/${name}`);

/** The same forbidden arrow in every way of writing it; `import('x').Type` is refused by a lint rule, because swc's visitor skips types. */
const statements = {
  static: (target: string) => `import { value } from '${target}'; export const copy = value;`,
  sideEffect: (target: string) => `import '${target}';`,
  typeOnly: (target: string) => `import type { value } from '${target}'; export type Copy = typeof value;`,
  inlineType: (target: string) => `import { type value } from '${target}'; export type Copy = typeof value;`,
  reExport: (target: string) => `export * from '${target}';`,
  typeReExport: (target: string) => `export type { value } from '${target}';`,
  lazy: (target: string) => `export async function load() { return await import('${target}'); }`,
  lazyInMethod: (target: string) =>
    `export class A { b = { c: async () => { for (;;) { try { return (await import('${target}')).value; } finally { } } } }; }`,
};

let tree: string;
let violations: { from: string; rule: { name: string } }[];

function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
  fs.writeFileSync(path.join(tree, file), text);
}

/** npm's packages are stand-ins, so that the suite depends on no hoisting. */
function writePackages(): void {
  for (const name of ['zod', 'pino', 'express', '@grpc/grpc-js', 'fast-check']) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, 'module.exports = {};\n');
  }
  const dependencies = { zod: '1.0.0', pino: '1.0.0', '@grpc/grpc-js': '1.0.0' };
  write('package.json', JSON.stringify({ name: 'tree', type: 'module', devDependencies: { 'fast-check': '1.0.0' } }));
  for (const folder of [...workspaces, 'gateway', 'web']) {
    const name = `@parvis/${path.basename(folder)}`;
    const own = Object.fromEntries(workspaces.map((other) => [`@parvis/${path.basename(other)}`, '0.0.0']));
    const manifest = { name, type: 'module', exports: { './*': './*' }, dependencies: { ...own, ...dependencies } };
    write(`${folder}/package.json`, JSON.stringify(manifest));
    fs.mkdirSync(path.join(tree, 'node_modules/@parvis'), { recursive: true });
    fs.symlinkSync(path.join(tree, folder), path.join(tree, 'node_modules', name));
  }
}

beforeAll(() => {
  tree = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'parvis-arrows-')));
  for (const file of targets) write(file, 'export const value = 1;\n');
  for (const { from, imports } of cases) {
    // A type-only import is an arrow like any other.
    const statement = from.includes('viaType') ? 'import type * as target' : 'import * as target';
    write(from, `${statement} from '${imports}';\nexport type Target = typeof target;\nexport const value = 1;\n`);
  }
  for (const [way, statement] of Object.entries(statements))
    write(`services/post/src/domain/way/${way}.ts`, statement('../../app/target.ts'));
  // A cycle is reported once, at its first module: the other end is no case of its own.
  write('services/kit/runtime/cycleB.ts', "export * from './cycleA.ts';\n");
  writePackages();
  fs.copyFileSync(path.join(root, '.dependency-cruiser.cjs'), path.join(tree, '.dependency-cruiser.cjs'));
  const cruiser = path.join(root, 'node_modules/.bin/depcruise');
  const args = [cruiser, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'services', 'gateway', 'web'];
  const json = execFileSync(process.execPath, args, {
    cwd: tree,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
    maxBuffer: 1 << 26,
  });
  violations = JSON.parse(json).summary.violations;
});

afterAll(() => fs.rmSync(tree, { recursive: true, force: true }));

describe('the arrow check', () => {
  test.each(cases.filter((one) => one.refusedBy))('refuses $imports in $from', ({ from, refusedBy }) => {
    const rules = violations.filter((violation) => violation.from === from).map((violation) => violation.rule.name);
    expect(rules).toContain(refusedBy);
  });

  test.each(Object.keys(statements))('sees an import written as %s', (way) => {
    const seen = violations.filter((violation) => violation.from === `services/post/src/domain/way/${way}.ts`);
    expect(seen.map((violation) => violation.rule.name)).toContain('domain-is-pure');
  });

  test.each(cases.filter((one) => !one.refusedBy))('allows $imports in $from', ({ from }) => {
    expect(violations.filter((violation) => violation.from === from)).toEqual([]);
  });
});
