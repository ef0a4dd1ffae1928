/**
 * Refuses a change of the contracts that old events or old clients could not survive (rules: buf.yaml).
 * They are compared with, in this order: the git ref in PARVIS_PROTO_BASE; the image frozen at the last release
 * (`npm run proto:freeze` writes it, so that a shallow clone has it too); HEAD. Without any of them nothing was promised yet.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const buf = path.join(root, 'node_modules/.bin/buf');
const frozen = 'proto/baseline.binpb.gz';

function git(...args: string[]): { ok: boolean; out: Buffer } {
  const { status, stdout } = spawnSync('git', args, { cwd: root, maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'pipe'] });
  return { ok: status === 0, out: stdout };
}

function compare(against: string, name: string): void {
  const { status } = spawnSync(buf, ['breaking', '--against', against], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`proto: the contracts break what ${name} promised`);
    process.exit(1);
  }
  console.log(`proto: compatible with ${name}`);
}

/** Unpacks the proto tree of a commit aside and compares with that. */
function compareWithCommit(ref: string): void {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parvis-proto-'));
  try {
    const archive = git('archive', '--format=tar', ref, 'proto', 'buf.yaml');
    if (!archive.ok) throw new Error(`git archive of ${ref} failed`);
    execFileSync('tar', ['-x', '-C', folder], { input: archive.out });
    compare(folder, ref);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function hasContracts(ref: string): boolean {
  const { ok, out } = git('ls-tree', '-r', '--name-only', ref, 'proto');
  return ok && /\.proto$/m.test(out.toString());
}

const asked = process.env.PARVIS_PROTO_BASE;
if (process.argv.includes('--freeze')) {
  execFileSync(buf, ['build', '--exclude-source-info', '--output', frozen], { cwd: root, stdio: 'inherit' });
  console.log(`proto: froze the contracts of this release in ${frozen}`);
} else if (asked) {
  if (!hasContracts(asked)) throw new Error(`PARVIS_PROTO_BASE is ${asked}: expected a git ref that holds proto files`);
  compareWithCommit(asked);
} else if (fs.existsSync(path.join(root, frozen))) {
  compare(frozen, 'the last release');
} else if (hasContracts('HEAD')) {
  compareWithCommit('HEAD');
} else {
  console.log('proto: nothing was released or committed yet, so there is nothing to compare with');
}
