import type { DatabaseSync } from 'node:sqlite';
import { translateSqliteError } from './database.ts';

/** Changed rows of one transaction, about: what is more goes into the next turn, so that nobody waits long for the loop. */
export const COMMIT_CHANGES = 24_000;

/** Writes of the views of one file. */
export interface ViewCommits {
  /**
   * Runs the body in the transaction of this turn; resolves when it is committed. @param changes how many rows it changes
   * @throws what the body throws: then nothing of it was written, and the others of its turn were.
   */
  write(changes: number, body: () => void): Promise<void>;
  /** Commits what waits, now. */
  flush(): void;
}

interface Waiting {
  readonly changes: number;
  readonly body: () => void;
  resolve(): void;
  reject(error: unknown): void;
}

const rollBack = (database: DatabaseSync): void => {
  // SQLite has rolled back by itself after some failures (no space among them).
  if (database.isTransaction) database.exec('ROLLBACK');
};

/**
 * One transaction for all writes of one turn of the event loop: lanes and views that share pages then write them once, and
 * whoever waits for the loop gets it between two transactions. Each write has a savepoint: it stands or falls on its own.
 */
export const createViewCommits = (database: DatabaseSync): ViewCommits => {
  const savepoint = database.prepare('SAVEPOINT write');
  const release = database.prepare('RELEASE write');
  const takeBack = database.prepare('ROLLBACK TO write');
  let queue: Waiting[] = [];

  const runOne = ({ body }: Waiting): unknown => {
    savepoint.run();
    try {
      body();
    } catch (error) {
      // Where SQLite gave up the whole transaction, the others of this turn fail with it.
      if (!database.isTransaction) throw error;
      takeBack.run();
      release.run();
      return error;
    }
    release.run();
    return undefined;
  };

  const commit = (batch: readonly Waiting[]): void => {
    let errors: readonly unknown[];
    try {
      database.exec('BEGIN IMMEDIATE');
      errors = batch.map(runOne);
      database.exec('COMMIT');
    } catch (error) {
      rollBack(database);
      for (const { reject } of batch) reject(translateSqliteError(error));
      return;
    }
    batch.forEach(({ resolve, reject }, nth) => {
      if (errors[nth] === undefined) resolve();
      else reject(translateSqliteError(errors[nth]));
    });
  };

  const takeBatch = (): Waiting[] => {
    let changes = 0;
    let count = 0;
    while (count < queue.length && (count === 0 || changes < COMMIT_CHANGES)) changes += queue[count++]?.changes ?? 0;
    const batch = queue.slice(0, count);
    queue = queue.slice(count);
    return batch;
  };

  const turn = (): void => {
    if (queue.length === 0) return;
    const batch = takeBatch();
    if (queue.length > 0) setImmediate(turn);
    commit(batch);
  };

  return {
    write: (changes, body) =>
      new Promise((resolve, reject) => {
        if (queue.length === 0) setImmediate(turn);
        queue.push({ changes, body, resolve, reject });
      }),
    flush() {
      while (queue.length > 0) commit(takeBatch());
    },
  };
};
