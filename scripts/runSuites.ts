/** Runs checks and suites one after the other and counts them all; started by scripts/test, which sets the environment. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { failedTests, type JestReport, skippedSuites, type Tally, tallyOf } from './testReport.ts';

const root = path.resolve(import.meta.dirname, '..');
const suites = ['spec', 'contract', 'component', 'network', 'engine', 'browser'];
/** Longer than any healthy suite: what hangs is ended and counted as failed. */
const suiteTimeoutMs = process.env.PARVIS_TEST_SIZE === 'full' ? 60 * 60_000 : 20 * 60_000;

const total: Tally = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
const skips: string[] = [];
const aside = fs.mkdtempSync(path.join(os.tmpdir(), 'parvis-test-'));

function add(tally: Tally): void {
  total.passed += tally.passed;
  total.failed += tally.failed;
  total.skipped += tally.skipped;
}

function readJson<T>(file: string): T | undefined {
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as T) : undefined;
}

function runChecks(): void {
  const report = path.join(aside, 'check.json');
  const result = spawnSync(process.execPath, ['scripts/check.ts'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PARVIS_CHECK_REPORT: report },
  });
  const counted = readJson<{ passed: number; failed: string[] }>(report);
  if (!counted) {
    add({ passed: 0, failed: 1, skipped: 0 });
    failures.push(`checks: did not finish (${endOf(result)})`);
    return;
  }
  add({ passed: counted.passed, failed: counted.failed.length, skipped: 0 });
  failures.push(...counted.failed.map((name) => `check ${name}`));
}

function endOf({ status, signal, error }: SpawnSyncReturns<unknown>): string {
  return error?.message ?? (signal ? `ended by ${signal}` : `exit status ${status}`);
}

function jest(suite: string, args: string[], stdio: 'inherit' | 'pipe'): SpawnSyncReturns<string> {
  return spawnSync(
    process.execPath,
    ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', ...args],
    {
      cwd: root,
      stdio,
      encoding: 'utf8',
      timeout: suiteTimeoutMs,
      env: { ...process.env, PARVIS_SUITE: suite },
    },
  );
}

function filesOf(suite: string): string[] {
  const { stdout, stderr, status } = jest(suite, ['--listTests'], 'pipe');
  if (status !== 0) throw new Error(`jest --listTests failed: ${stderr}`);
  return stdout
    .split('\n')
    .filter((line) => line.endsWith('.ts'))
    .map((file) => path.relative(root, file));
}

function runSuite(suite: string): void {
  const files = filesOf(suite);
  console.log(`\n${suite}: ${files.length} ${files.length === 1 ? 'file' : 'files'}`);
  if (files.length === 0) return;
  if (suite === 'browser' && !process.env.PARVIS_CHROMIUM) {
    add({ passed: 0, failed: 0, skipped: files.length });
    skips.push(...files.map((file) => `${file}: no Chromium was found (set PARVIS_CHROMIUM to its path)`));
    return;
  }
  const output = path.join(aside, `${suite}.json`);
  const result = jest(suite, ['--json', `--outputFile=${output}`], 'inherit');
  const report = readJson<JestReport>(output);
  const tally = report ? tallyOf(report) : { passed: 0, failed: 0, skipped: 0 };
  if (report) failures.push(...failedTests(report, root));
  if (result.status !== 0 && tally.failed === 0) {
    // A crash, a hang or an error outside any test.
    tally.failed = 1;
    failures.push(`${suite}: jest did not end well (${endOf(result)})`);
  }
  add(tally);
  if (report) skips.push(...skippedSuites(report, root));
}

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => name !== 'check' && !suites.includes(name));
if (unknown.length > 0) throw new Error(`unknown suite ${unknown.join(', ')}: expected check or one of ${suites.join(', ')}`);
const wanted = (name: string): boolean => chosen.length === 0 || chosen.includes(name);

if (wanted('check')) runChecks();
for (const suite of suites.filter(wanted)) {
  try {
    runSuite(suite);
  } catch (error) {
    add({ passed: 0, failed: 1, skipped: 0 });
    failures.push(`${suite}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
fs.rmSync(aside, { recursive: true, force: true });

console.log('');
for (const skip of skips) console.log(`SKIPPED ${skip}`);
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
