/** Makes a service in a copy of the repository and holds it to what every service is held to; the repository stays as it is. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = path.resolve(import.meta.dirname, '..');
const node = path.join(root, 'node_modules/.bin/node');
const NAME = 'survey';
const SLOW_MS = 120_000;
let copy: string;

/** What git knows or would know, and the installed packages as links; workspaces lead into the copy. */
const copyRepository = (target: string): void => {
  const list = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  for (const file of list.toString('utf8').split('\0').filter(Boolean)) {
    if (!fs.existsSync(path.join(root, file))) continue;
    fs.mkdirSync(path.dirname(path.join(target, file)), { recursive: true });
    fs.cpSync(path.join(root, file), path.join(target, file));
  }
  fs.cpSync(path.join(root, 'services/contracts/gen'), path.join(target, 'services/contracts/gen'), { recursive: true });
  const workspaces = (JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { workspaces: string[] }).workspaces;
  for (const folder of ['.', ...workspaces]) {
    const installed = path.join(root, folder, 'node_modules');
    if (!fs.existsSync(installed)) continue;
    const linked = path.join(target, folder, 'node_modules');
    fs.mkdirSync(linked, { recursive: true });
    for (const entry of fs.readdirSync(installed)) {
      if (entry !== '@parvis' && entry !== '.cache') fs.symlinkSync(path.join(installed, entry), path.join(linked, entry));
    }
  }
  const own = path.join(root, 'node_modules/@parvis');
  fs.mkdirSync(path.join(target, 'node_modules/@parvis'));
  for (const entry of fs.readdirSync(own)) {
    fs.symlinkSync(fs.readlinkSync(path.join(own, entry)), path.join(target, 'node_modules/@parvis', entry));
  }
};

const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): { status: number | null; output: string } => {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: copy,
    encoding: 'utf8',
    timeout: SLOW_MS,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  return { status, output: `${stdout}${stderr}` };
};

const bin = (name: string): string => path.join(copy, 'node_modules/.bin', name);
const jest = (suite: string): ReturnType<typeof run> =>
  run(node, ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--watchman=false', `services/${NAME}`], {
    PARVIS_SUITE: suite,
  });
/** Lines about the made service; what else the tree says is not this suite's to judge. */
const about = (output: string): string[] => output.split('\n').filter((line) => line.includes(NAME));

beforeAll(() => {
  copy = fs.mkdtempSync(path.join(os.tmpdir(), 'parvis-new-service-'));
  copyRepository(copy);
  const made = run(node, ['scripts/newService.ts', NAME]);
  if (made.status !== 0) throw new Error(made.output);
}, SLOW_MS);
afterAll(() => fs.rmSync(copy, { recursive: true, force: true }));

describe('a made service', () => {
  it(
    'passes its own suites',
    () => {
      const spec = jest('spec');
      expect(spec.output).toMatch(/Tests: +3 passed, 3 total/);
      const component = jest('component');
      expect(component.output).toMatch(/Tests: +4 passed, 4 total/);
    },
    SLOW_MS,
  );

  it(
    'keeps to types, arrows, style and the rules of protos',
    () => {
      expect(about(run(bin('tsc'), ['--project', 'tsconfig.json']).output)).toEqual([]);
      const arrows = run(bin('depcruise'), [
        '--config',
        '.dependency-cruiser.cjs',
        `services/${NAME}`,
        'services/contracts',
        'services/kit',
      ]).output;
      expect(arrows).toContain('dependencies cruised');
      expect(about(arrows).filter((line) => /error|warn/.test(line))).toEqual([]);
      const style = run(bin('biome'), ['check', '--error-on-warnings', `services/${NAME}`]);
      expect({ status: style.status, output: style.status === 0 ? '' : style.output }).toEqual({ status: 0, output: '' });
      const protos = run(bin('buf'), ['lint']);
      expect(protos.output).toBe('');
    },
    SLOW_MS,
  );

  it('is in the lock as npm would have it', () => {
    const lock = JSON.parse(fs.readFileSync(path.join(copy, 'package-lock.json'), 'utf8'));
    expect(lock.packages[''].workspaces).toContain(`services/${NAME}`);
    expect(lock.packages[`node_modules/@parvis/${NAME}`]).toEqual({ resolved: `services/${NAME}`, link: true });
  });

  it(
    'starts in a process of its own, and stops when asked',
    async () => {
      const peers = ['IDENTITY', 'GROUP'].map((peer) => [`PARVIS_${peer}_ADDRESS`, '127.0.0.1:1']);
      const child = spawn(node, [`services/${NAME}/src/main.ts`], {
        cwd: copy,
        env: {
          PATH: process.env.PATH,
          ...Object.fromEntries(peers),
          PARVIS_PUBLIC_URL: 'http://localhost:8080',
          PARVIS_STORE: `sqlite:${path.join(copy, 'data')}`,
          PARVIS_PORT: '0',
          PARVIS_NETWORK_KEY: Buffer.alloc(32, 7).toString('base64'),
        },
      });
      const ended = once(child, 'exit');
      let told = '';
      child.stderr.on('data', (chunk) => (told += chunk));
      for await (const chunk of child.stdout) {
        told += chunk;
        if (told.includes('"serving"')) break;
      }
      child.kill('SIGTERM');
      const forced = setTimeout(() => child.kill('SIGKILL'), 30_000);
      const [code] = await ended;
      clearTimeout(forced);
      expect({ code, told: code === 0 ? '' : told }).toEqual({ code: 0, told: '' });
    },
    SLOW_MS,
  );

  it(
    'is refused where a name is taken or is no name',
    () => {
      for (const name of [NAME, 'kit', 'group', 'Survey', 'two-words', '', '../up'])
        expect(run(node, ['scripts/newService.ts', name]).status).toBe(1);
    },
    SLOW_MS,
  );

  it('has not touched the repository', () => {
    expect(fs.existsSync(path.join(root, 'services', NAME))).toBe(false);
    expect(fs.existsSync(path.join(root, 'node_modules/@parvis', NAME))).toBe(false);
  });
});
