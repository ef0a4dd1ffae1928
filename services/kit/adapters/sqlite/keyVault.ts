import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { KeyKind, KeyRef, KeyState, KeyVault } from '../../ports/keyVault.ts';
import { invalid, keyDestroyed, unavailable } from '../../runtime/errors.ts';
import { isSimpleId } from '../../runtime/ids.ts';
import { inTransaction, openDatabase } from './database.ts';
import { createKeyWrapper, KEY_BYTES, type KeyWrapper, networkKeyMismatch, WRAPPED_BYTES } from './keyWrap.ts';

/** Most keys of one `get`. */
export const KEYS_PER_READ = 500;

/** Waiting for another process blocks this one's event loop: brief, and the caller tries again. */
const BUSY_TIMEOUT_MS = 250;

const KINDS: readonly KeyKind[] = ['who', 'contributions'];
const DESTROYED = 0;
const PRESENT = 1;
const CHECK_LABEL = 'parvis/key-vault/check';
const NOTHING = new Uint8Array(WRAPPED_BYTES);

interface KeyRow {
  readonly personId: string;
  readonly kind: KeyKind;
  readonly state: number;
  readonly wrapped: Uint8Array;
}

/**
 * Rows are only ever appended and overwritten in place by as many bytes: SQLite then never moves a row to another page,
 * and so never leaves a copy of a wrapped key behind in the unused part of one. Destroying overwrites the row, and the
 * write-ahead log is emptied before `destroy` resolves.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS keys (
    id INTEGER PRIMARY KEY,
    personId TEXT NOT NULL,
    kind TEXT NOT NULL,
    state INTEGER NOT NULL,
    wrapped BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS keyOfPerson ON keys (personId, kind);
  CREATE TABLE IF NOT EXISTS seal (id INTEGER PRIMARY KEY CHECK (id = 1), wrapped BLOB NOT NULL) STRICT;
`;

const labelOf = (ref: KeyRef): string => `${ref.personId}/${ref.kind}`;

const checkPerson = (personId: string): void => {
  if (!isSimpleId(personId)) throw invalid('personId', 'the id of a person');
};

const statementsOf = (database: DatabaseSync) => ({
  find: database.prepare('SELECT personId, kind, state, wrapped FROM keys WHERE personId = ? AND kind = ?'),
  all: database.prepare('SELECT personId, kind, state, wrapped FROM keys WHERE state = 1'),
  insert: database.prepare('INSERT INTO keys (personId, kind, state, wrapped) VALUES (?, ?, ?, ?)'),
  overwrite: database.prepare('UPDATE keys SET state = ?, wrapped = ? WHERE personId = ? AND kind = ?'),
  tombstones: database.prepare('SELECT personId, kind FROM keys WHERE state = 0 ORDER BY personId, kind'),
  seal: database.prepare('SELECT wrapped FROM seal WHERE id = 1'),
  putSeal: database.prepare('INSERT INTO seal (id, wrapped) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET wrapped = excluded.wrapped'),
});
type Statements = ReturnType<typeof statementsOf>;

/** A known text under the network key tells a wrong key when the vault opens, not when a name can't be read. */
const checkSeal = (statements: Statements, wrapper: KeyWrapper): void => {
  const seal = statements.seal.get() as { wrapped: Uint8Array } | undefined;
  if (seal) wrapper.unwrap(CHECK_LABEL, seal.wrapped);
  else if (statements.all.get()) throw networkKeyMismatch();
  else statements.putSeal.run(wrapper.wrap(CHECK_LABEL, new Uint8Array(KEY_BYTES)));
};

/** Moves the write-ahead log into the database file and empties it. @throws key-vault-busy while another process reads */
const emptyLog = (database: DatabaseSync): void => {
  const outcome = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
  if (outcome.busy !== 0) throw unavailable('key-vault-busy', 'another process reads the key vault; destroy the key again in a moment');
};

const createKeys = (database: DatabaseSync, statements: Statements, wrapper: KeyWrapper, personId: string): void =>
  inTransaction(database, () => {
    for (const kind of KINDS) {
      const row = statements.find.get(personId, kind) as KeyRow | undefined;
      if (row?.state === DESTROYED) throw keyDestroyed(personId);
      if (!row) statements.insert.run(personId, kind, PRESENT, wrapper.wrap(labelOf({ personId, kind }), randomBytes(KEY_BYTES)));
    }
  });

const stateOf = (row: KeyRow | undefined, wrapper: KeyWrapper): KeyState => {
  if (!row) return { state: 'unknown' };
  if (row.state === DESTROYED) return { state: 'destroyed' };
  return { state: 'present', key: wrapper.unwrap(labelOf(row), row.wrapped) };
};

/** Rewraps what is not under the new key yet, all in one transaction: an interruption leaves the old wrapping whole. */
const rewrapAll = (database: DatabaseSync, statements: Statements, from: KeyWrapper, to: KeyWrapper): number => {
  const count = inTransaction(database, () => {
    const rows = statements.all.all() as unknown as KeyRow[];
    for (const row of rows) {
      const label = labelOf(row);
      statements.overwrite.run(row.state, to.wrap(label, from.unwrap(label, row.wrapped)), row.personId, row.kind);
    }
    statements.putSeal.run(to.wrap(CHECK_LABEL, new Uint8Array(KEY_BYTES)));
    return rows.length;
  });
  emptyLog(database);
  return count;
};

const sameKey = (left: Uint8Array, right: Uint8Array): boolean => Buffer.compare(left, right) === 0;

/**
 * The keys of persons in a file of their own, wrapped by the network key (32 bytes, kept elsewhere).
 * @throws network-key-mismatch when the file was sealed under another network key.
 */
export const openSqliteKeyVault = (file: string, initialNetworkKey: Uint8Array): KeyVault => {
  mkdirSync(dirname(file), { recursive: true });
  // Created for the owner alone; SQLite gives its side files the same mode.
  closeSync(openSync(file, 'a', 0o600));
  const database = openDatabase(file, { synchronous: 'FULL' });
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  let networkKey = initialNetworkKey;
  let wrapper: KeyWrapper;
  let statements: Statements;
  try {
    wrapper = createKeyWrapper(networkKey);
    database.exec(SCHEMA);
    statements = statementsOf(database);
    checkSeal(statements, wrapper);
    emptyLog(database);
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    async create(personId) {
      checkPerson(personId);
      createKeys(database, statements, wrapper, personId);
    },
    async get(refs) {
      if (refs.length > KEYS_PER_READ) throw invalid('refs', `at most ${KEYS_PER_READ} keys`);
      return refs.map((ref) => stateOf(statements.find.get(ref.personId, ref.kind) as KeyRow | undefined, wrapper));
    },
    async destroy(ref) {
      checkPerson(ref.personId);
      inTransaction(database, () => {
        // A key never seen gets its tombstone too: a restore applies them before the keys come back.
        const { changes } = statements.overwrite.run(DESTROYED, NOTHING, ref.personId, ref.kind);
        if (changes === 0) statements.insert.run(ref.personId, ref.kind, DESTROYED, NOTHING);
      });
      emptyLog(database);
    },
    destroyed: async () => (statements.tombstones.all() as unknown as KeyRef[]).map(({ personId, kind }) => ({ personId, kind })),
    async rewrap(nextKey) {
      if (sameKey(nextKey, networkKey)) return 0;
      const next = createKeyWrapper(nextKey);
      const count = rewrapAll(database, statements, wrapper, next);
      wrapper = next;
      networkKey = nextKey;
      return count;
    },
    close: async () => database.close(),
  };
};
