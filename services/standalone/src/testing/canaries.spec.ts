import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { canary, sightings } from './canaries.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parvis-canaries-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('makes words that do not begin or go on alike', () => {
  const words = Array.from({ length: 200 }, (_, nth) => canary(nth));
  expect(new Set(words.map((word) => word.slice(0, 2))).size).toBe(200);
  expect(new Set(words.map((word) => word.slice(2))).size).toBe(200);
});

it.each([
  ['as it is', (word: string) => `before ${word} after`],
  ['in capitals', (word: string) => word.toUpperCase()],
  ['without its first letters', (word: string) => word.slice(2)],
  ['broken over lines', (word: string) => `${word.slice(0, 5)}=\r\n${word.slice(5)}`],
  ['in base64', (word: string) => Buffer.from(`x${word}yz`).toString('base64')],
  ['in base64 at another place', (word: string) => Buffer.from(`xy${word}z`).toString('base64url')],
  [
    'in base64 in lines',
    (word: string) =>
      (
        Buffer.from(`${word}${word}`)
          .toString('base64')
          .match(/.{1,5}/g) ?? []
      ).join('\r\n'),
  ],
])('sees a word %s', async (_, written) => {
  const word = canary(7);
  await writeFile(join(folder, 'file'), written(word));
  expect(await sightings(folder, [word, canary(8)])).toEqual([{ word, file: 'file' }]);
});
