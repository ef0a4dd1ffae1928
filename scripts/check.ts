/** Runs every check that is not a test, the cheap ones first, all of them even when one fails; exits 1 if any failed. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const checks = ['format:check', 'lint', 'types', 'arrows', 'lock:check', 'proto:lint', 'proto:breaking'];

const failed: string[] = [];
for (const check of checks) {
  const startedAt = performance.now();
  // npm's own banner would hide what the check says.
  const { status } = spawnSync('npm', ['run', '--silent', check], { cwd: root, stdio: 'inherit' });
  const took = `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  console.log(`check ${check}: ${status === 0 ? 'passed' : 'FAILED'} (${took})`);
  if (status !== 0) failed.push(check);
}

// scripts/test reads this file to count checks beside suites.
const report = process.env.PARVIS_CHECK_REPORT;
if (report) fs.writeFileSync(report, JSON.stringify({ passed: checks.length - failed.length, failed }));
if (failed.length > 0) {
  console.error(`failed checks: ${failed.join(', ')}`);
  process.exit(1);
}
