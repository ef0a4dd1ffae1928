import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDatabase } from './database.ts';
import { COMMIT_CHANGES, createViewCommits, type ViewCommits } from './viewCommits.ts';

let folder = '';
let database: DatabaseSync;
let commits: ViewCommits;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parvis-commits-'));
  database = openDatabase(join(folder, 'views.db'), { synchronous: 'NORMAL' });
  database.exec('CREATE TABLE rows (value INTEGER PRIMARY KEY)');
  commits = createViewCommits(database);
});
afterEach(async () => {
  if (database.isOpen) database.close();
  await rm(folder, { recursive: true });
});

const insert = (...values: number[]) => {
  for (const value of values) database.prepare('INSERT INTO rows VALUES (?)').run(value);
};
const values = (): unknown[] =>
  database
    .prepare('SELECT value FROM rows')
    .all()
    .map((row) => row.value);
/** Transactions that the body begins. */
const transactionsOf = async (body: () => Promise<unknown>): Promise<number> => {
  let begun = 0;
  const exec = database.exec.bind(database);
  database.exec = (sql) => {
    if (sql.startsWith('BEGIN')) begun += 1;
    exec(sql);
  };
  await body();
  return begun;
};

describe('commits of views', () => {
  it('write what one turn asks for in one transaction', async () => {
    expect(await transactionsOf(() => Promise.all([1, 2, 3].map((value) => commits.write(1, () => insert(value)))))).toBe(1);
    expect(values()).toEqual([1, 2, 3]);
  });

  it('take back a write that fails, whole, and none of the others', async () => {
    const outcomes = await Promise.allSettled([
      commits.write(1, () => insert(1)),
      commits.write(2, () => insert(2, 1)),
      commits.write(1, () => insert(3)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(values()).toEqual([1, 3]);
  });

  it('fail everything of a turn when its transaction is lost, and go on with the next', async () => {
    const outcomes = await Promise.allSettled([
      commits.write(1, () => insert(1)),
      commits.write(1, () => {
        database.exec('ROLLBACK');
        throw new Error('no space');
      }),
      commits.write(1, () => insert(3)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(values()).toEqual([]);
    await commits.write(1, () => insert(4));
    expect(values()).toEqual([4]);
  });

  it('leave the loop between transactions of the bound', async () => {
    const count = await transactionsOf(() =>
      Promise.all([
        commits.write(COMMIT_CHANGES - 1, () => insert(1)),
        commits.write(1, () => insert(2)),
        commits.write(1, () => insert(3)),
      ]),
    );
    expect(count).toBe(2);
    expect(values()).toEqual([1, 2, 3]);
  });

  it('write what waits when they are told to', async () => {
    const writing = commits.write(1, () => insert(1));
    expect(values()).toEqual([]);
    commits.flush();
    expect(values()).toEqual([1]);
    await writing;
  });
});
