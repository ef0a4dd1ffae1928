import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { any, type Expected, none } from '../../../ports/eventLog.ts';
import { CommitError, createCommitter } from './committer.ts';
import type { AppendRequest } from './protocol.ts';
import { openForWriting, openReadOnly } from './schema.ts';

let folder = '';
let db: DatabaseSync;
const file = () => join(folder, 'log.db');
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parvis-committer-'));
  db = openForWriting(file(), { epoch: 'e', lanes: 12, hash: 'sha256-32-mod' }).db;
});
afterEach(async () => {
  db.close();
  await rm(folder, { recursive: true });
});

const append = (stream: string, expected: Expected = any, commandId = stream): AppendRequest => ({
  lane: 3,
  writes: [{ stream, expected, events: [{ type: 't', data: new Uint8Array(10) }] }],
  commandId,
  requestHash: 'h',
  actor: '',
  traceparent: '',
});

describe('committer', () => {
  it('writes everything that waits in one transaction', () => {
    let begins = 0;
    const exec = db.exec.bind(db);
    const counted = Object.create(db, {
      prepare: { value: db.prepare.bind(db) },
      exec: {
        value: (sql: string) => {
          if (sql.startsWith('BEGIN')) begins += 1;
          exec(sql);
        },
      },
    });
    const appends = Array.from({ length: 50 }, (_, nth) => append(`group/g${nth}`));
    expect(
      createCommitter(counted)
        .commit(appends, 1)
        .map(({ kind }) => kind),
    ).toEqual(Array(50).fill('appended'));
    expect(begins).toBe(1);
  });

  it('confirms commits on the disk, and overwrites what is deleted', () => {
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(db.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    expect(db.prepare('PRAGMA secure_delete').get()).toEqual({ secure_delete: 1 });
  });

  it('keeps nothing of a transaction that fails, and numbers the next as if it had not been', () => {
    const committer = createCommitter(db);
    committer.commit([append('group/a')], 5);
    const poison = { ...append('group/c'), actor: { not: 'text' } as unknown as string };
    expect(() => committer.commit([append('group/b'), poison], 9)).toThrow(expect.objectContaining({ failure: 'failed' }));
    expect(committer.heads()[3]).toBe(1);
    expect(committer.commit([append('group/b', none)], 6)).toEqual([
      { kind: 'appended', versions: { 'group/b': 1 }, position: 2, atMs: 6 },
    ]);
  });

  it('tells a full file, so that callers hear that nothing was stored', () => {
    const committer = createCommitter(db);
    db.exec('PRAGMA max_page_count = 1');
    const fill = () =>
      committer.commit(
        Array.from({ length: 100 }, (_, nth) => append(`group/x${nth}`)),
        1,
      );
    expect(fill).toThrow(expect.objectContaining({ failure: 'full' }));
    expect(fill).toThrow(CommitError);
    db.exec('PRAGMA max_page_count = 100000');
    expect(fill().filter(({ kind }) => kind === 'appended')).toHaveLength(100);
  });

  it('goes on where an earlier one stopped, dates included', () => {
    createCommitter(db).commit([append('group/a')], 1_000);
    expect(createCommitter(db).commit([append('group/a', any, 'later')], 10)).toEqual([
      { kind: 'appended', versions: { 'group/a': 2 }, position: 2, atMs: 1_000 },
    ]);
  });
});

describe('file of a log', () => {
  it('is refused when it has other lanes', () => {
    db.exec('UPDATE header SET lanes = 16');
    expect(() => openForWriting(file(), { epoch: 'other', lanes: 12, hash: 'sha256-32-mod' })).toThrow('16 lanes by sha256-32-mod');
  });

  it('can not be written through a connection that only reads', () => {
    const reader = openReadOnly(file());
    expect(() => reader.exec('DELETE FROM events')).toThrow(/readonly/);
    reader.close();
  });
});
