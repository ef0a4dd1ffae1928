/** The README's conversation, word for word: what it tells a newcomer to type does what it says. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DemoNetwork, startDemoNetwork } from './testing/demoNetwork.ts';

const README = new URL('../../../README.md', import.meta.url);
const ADDRESS = 'http://localhost:8080';
const MARK = '----- next block -----';

const blocksOf = (text: string): string[] => [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map((match) => match[1] as string);

let demo: DemoNetwork;
/** What each block printed, in order. */
let printed: string[];

beforeAll(async () => {
  demo = await startDemoNetwork();
  const blocks = blocksOf(await readFile(README, 'utf8'));
  const script = blocks.join(`\necho '${MARK}'\n`).replaceAll(ADDRESS, demo.address);
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: demo.folder, timeout: 60_000 });
  printed = stdout.split(`${MARK}\n`);
});
afterAll(() => demo?.close());

const linesOf = (block: number): string[] => (printed[block] ?? '').split('\n').filter((line) => line !== '');
/** The JSON documents that a block printed whole, one a line. */
const answersOf = (block: number) =>
  linesOf(block)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

describe('the conversation of the README', () => {
  it('has six steps at the address the demo has', async () => {
    const blocks = blocksOf(await readFile(README, 'utf8'));
    expect(blocks).toHaveLength(6);
    expect(blocks[0]).toContain(`P=${ADDRESS}`);
  });

  it('signs three people in', () => expect(printed[0]).toBe(''));

  it('creates a group, invites two, who accept; it says who reads it', () => {
    const answers = answersOf(1);
    expect(answers).toHaveLength(5);
    for (const written of answers.slice(0, 4)) expect(written).toMatchObject({ version: expect.any(Number) });
    expect(answers[4]).toMatchObject({ employees: 2, partners: [{ people: 1 }], everyEmployee: false });
  });

  it('asks a question while two listen', () => expect(printed[2]).toBe(''));

  it('brings it to feed, inbox and live stream, and finds it by other forms without accents', () => {
    const [title, reason, ticks, hit, ...more] = linesOf(3);
    expect([title, reason, more]).toEqual(['Qui a vérifié les lanternes ?', 'mention', []]);
    expect(Number(ticks)).toBeGreaterThanOrEqual(1);
    expect(hit).toMatch(/^[a-z2-7]{26}\.[a-z2-7]{26}$/);
  });

  it('shows a partner the one group, by every path', () => {
    const text = printed[4] ?? '';
    const groups = JSON.parse(text.slice(0, text.indexOf(']') + 1));
    const rest = text.slice(text.indexOf(']') + 1).trim();
    const hits = JSON.parse(rest.slice(rest.indexOf('['), rest.indexOf(']') + 1));
    expect(groups).toEqual(['Essais en mer']);
    expect(rest.startsWith('1\n')).toBe(true);
    expect(hits).toEqual([expect.stringMatching(/^[a-z2-7]{26}$/)]);
    expect(rest.slice(rest.indexOf(']') + 1).trim()).toBe('directory.partner');
  });

  it('ends what reaches him with his membership, on his open stream too', () => {
    const lines = linesOf(5).filter((line) => !line.startsWith('{'));
    expect(Number(lines[0])).toBeGreaterThanOrEqual(1);
    expect(lines.slice(1)).toEqual(['0', 'not-found']);
  });
});
