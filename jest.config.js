import { existsSync } from 'node:fs';

/**
 * The suffix of a suite tells what it costs, and PARVIS_SUITE picks one suffix; `spec` is the plain ones.
 * Modules stay ES modules: swc only strips types, and Node runs jest with --experimental-vm-modules.
 */
const tags = ['contract', 'component', 'network', 'engine', 'browser'];
const timeoutMs = {
  spec: 30_000,
  contract: 30_000,
  component: 30_000,
  network: 120_000,
  engine: 180_000,
  browser: 120_000,
};

const suite = process.env.PARVIS_SUITE ?? 'all';
if (suite !== 'all' && !(suite in timeoutMs)) throw new Error(`PARVIS_SUITE is ${suite}: expected all or one of ${Object.keys(timeoutMs)}`);

function testRegex() {
  if (suite === 'all') return '\\.spec\\.ts$';
  if (suite === 'spec') return `(?<!\\.(${tags.join('|')}))\\.spec\\.ts$`;
  return `\\.${suite}\\.spec\\.ts$`;
}

export default {
  testEnvironment: 'node',
  roots: ['services', 'gateway', 'bench', 'scripts', 'web'].filter((folder) => existsSync(new URL(folder, import.meta.url))),
  testRegex: testRegex(),
  testPathIgnorePatterns: ['/node_modules/', '/services/contracts/gen/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'esnext', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  testTimeout: timeoutMs[suite] ?? 120_000,
  maxWorkers: 2,
};
