/** The base line of the feed: the same page by a join of posts and memberships, from tables a careful person would make. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const READER = 'reader';
/** About what the texts of a post take in a row when sealed. */
const BODY = 'x'.repeat(600);
/** As much as a view is given. */
const CACHE_KB = 32_768;

const JOIN = `SELECT p.id, p.groupId, p.at, p.body FROM members m JOIN posts p ON p.groupId = m.groupId
  WHERE m.person = '${READER}' ORDER BY p.at DESC LIMIT ?`;

/** Every post of the log; its stream is group/G/post/P. */
const fill = (db: DatabaseSync, logFile: string): void => {
  const insert = db.prepare('INSERT INTO posts (groupId, at, body) VALUES (?, ?, ?)');
  const log = new DatabaseSync(logFile, { readOnly: true });
  const posts = log.prepare("SELECT substr(stream, 7, 26) AS groupId, at FROM events WHERE type = 'parvis.post.v1.PostPublished'");
  for (const post of posts.iterate()) insert.run(post.groupId as string, post.at as number, BODY);
  log.close();
};

export interface JoinFeed {
  /** @returns milliseconds the page took */
  page(limit: number): number;
  close(): void;
}

/** @param options.file removed by close(); options.logFile of the post service of the network that is compared */
export const openJoinFeed = (options: { file: string; logFile: string; groupIds: readonly string[] }): JoinFeed => {
  const db = new DatabaseSync(options.file);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA cache_size = -${CACHE_KB};
    CREATE TABLE posts (id INTEGER PRIMARY KEY, groupId TEXT, at INTEGER, body TEXT);
    CREATE TABLE members (person TEXT, groupId TEXT, PRIMARY KEY (person, groupId)) WITHOUT ROWID;
    BEGIN`);
  fill(db, options.logFile);
  const member = db.prepare('INSERT INTO members VALUES (?, ?)');
  for (const groupId of options.groupIds) member.run(READER, groupId);
  db.exec('COMMIT; CREATE INDEX postsOfGroup ON posts (groupId, at); ANALYZE');
  const query = db.prepare(JOIN);
  return {
    page(limit) {
      const sinceMs = performance.now();
      const { length } = query.all(limit);
      if (length !== limit) throw new Error(`a page of ${length} posts by the join`);
      return performance.now() - sinceMs;
    },
    close() {
      db.close();
      for (const end of ['', '-wal', '-shm']) rmSync(`${options.file}${end}`, { force: true });
    },
  };
};

export const logFileOf = (dataFolder: string): string => join(dataFolder, 'post', 'log.db');
