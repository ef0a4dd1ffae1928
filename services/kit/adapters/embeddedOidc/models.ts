/**
 * Where oidc-provider keeps its sessions, grants, codes and tokens: a StateStore. Ids of codes and tokens are secrets, so
 * only their hashes are stored: who steals the file can't use what is in it.
 */
import { createHash } from 'node:crypto';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Clock } from '../../ports/clock.ts';
import type { StateStore, StateTable } from '../../ports/state.ts';
import { errors } from './library.ts';

/** Entries removed by one round of the sweep; rounds follow each other while there is more. */
const SWEEP_BATCH = 500;

interface StoredModel {
  readonly payload: AdapterPayload;
  readonly expiresAtS: number;
}

export interface Models {
  /** An adapter for one kind of model, as the provider asks for. */
  adapter(kind: string): Adapter;
  /** Sessions of an account, with what back-channel logout needs. */
  sessionsOf(accountId: string): Promise<AdapterPayload[]>;
  /** Ends everything an account has: sessions, grants and what came of them. */
  removeOf(accountId: string): Promise<void>;
  /** Removes what has expired. @returns how many. */
  sweep(): Promise<number>;
}

const hashOf = (id: string): string => createHash('sha256').update(id).digest('base64url');
/** Keys of one time sort by time; 12 digits reach beyond the year 30,000. */
const timeKey = (seconds: number): string => String(seconds).padStart(12, '0');
/** A model without an end of its own is kept as long as a session. */
const LONGEST_TTL_S = 14 * 24 * 3600;

interface Tables {
  readonly models: StateTable<StoredModel>;
  readonly byGrant: StateTable<1>;
  readonly byAccount: StateTable<1>;
  readonly byUid: StateTable<string>;
  readonly byExpiry: StateTable<1>;
  readonly nowS: () => number;
}

const tablesOf = (state: StateStore, clock: Clock): Tables => ({
  models: state.table('oidcModels'),
  byGrant: state.table('oidcByGrant'),
  byAccount: state.table('oidcByAccount'),
  byUid: state.table('oidcByUid'),
  byExpiry: state.table('oidcByExpiry'),
  nowS: () => Math.floor(clock.now().getTime() / 1000),
});

const remove = async ({ models, byGrant, byAccount, byUid }: Tables, key: string): Promise<void> => {
  const model = await models.get(key);
  if (!model) return;
  await models.delete(key);
  const { grantId, accountId, uid } = model.payload;
  if (grantId) await byGrant.delete(`${grantId}/${key}`);
  if (accountId) await byAccount.delete(`${accountId}/${key}`);
  if (uid) await byUid.delete(uid);
};

/** Reads an index to its end, page by page. */
const keysUnder = async (table: StateTable<1>, prefix: string): Promise<string[]> => {
  const keys: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await table.range(prefix, { limit: SWEEP_BATCH, ...(after === undefined ? {} : { after }) });
    keys.push(...page.map(({ key }) => key.slice(prefix.length)));
    if (page.length < SWEEP_BATCH) return keys;
    after = page.at(-1)?.key;
  }
};

const present = ({ nowS }: Tables, model: StoredModel | undefined): AdapterPayload | undefined =>
  model && model.expiresAtS > nowS() ? model.payload : undefined;

const upsert = async (tables: Tables, key: string, payload: AdapterPayload, expiresInS: number | undefined): Promise<void> => {
  const { jti, ...rest } = payload;
  const expiresAtS = tables.nowS() + (expiresInS ?? LONGEST_TTL_S);
  // A grant's id is no secret and is looked up again by its tokens; every other id is known to its holder alone.
  await tables.models.put(key, { payload: payload.kind === 'Grant' ? payload : rest, expiresAtS });
  await tables.byExpiry.put(`${timeKey(expiresAtS)}/${key}`, 1);
  if (payload.grantId) await tables.byGrant.put(`${payload.grantId}/${key}`, 1);
  if (payload.accountId) await tables.byAccount.put(`${payload.accountId}/${key}`, 1);
  if (payload.uid) await tables.byUid.put(payload.uid, key);
};

/** Of two who use a code or refresh token at once, one gets through. */
const consume = async ({ models, nowS }: Tables, key: string): Promise<void> => {
  const model = await models.get(key);
  const consumed = model && { ...model, payload: { ...model.payload, consumed: nowS() } };
  const won = model && consumed && model.payload.consumed === undefined && (await models.replace(key, model, consumed));
  if (!won) throw new errors.InvalidGrant('already used');
};

const adapterOf = (tables: Tables, kind: string): Adapter => {
  const keyOf = (id: string): string => `${kind}/${hashOf(id)}`;
  return {
    upsert: (id, payload, expiresInS) => upsert(tables, keyOf(id), payload, expiresInS),
    async find(id) {
      const payload = present(tables, await tables.models.get(keyOf(id)));
      return payload && { ...payload, jti: id };
    },
    async findByUid(uid) {
      const key = await tables.byUid.get(uid);
      return key === undefined ? undefined : present(tables, await tables.models.get(key));
    },
    // The device flow is off: no user codes exist.
    findByUserCode: async () => undefined,
    destroy: (id) => remove(tables, keyOf(id)),
    consume: (id) => consume(tables, keyOf(id)),
    async revokeByGrantId(grantId) {
      for (const key of await keysUnder(tables.byGrant, `${grantId}/`)) await remove(tables, key);
    },
  };
};

const sweep = async (tables: Tables): Promise<number> => {
  const { models, byExpiry, nowS } = tables;
  const end = timeKey(nowS() + 1);
  for (let removed = 0; ; ) {
    const page = (await byExpiry.range('', { limit: SWEEP_BATCH })).filter(({ key }) => key < end);
    for (const entry of page) {
      const key = entry.key.slice(entry.key.indexOf('/') + 1);
      const model = await models.get(key);
      // A session that was renewed has a later entry of its own.
      if (model && model.expiresAtS <= nowS()) {
        await remove(tables, key);
        removed += 1;
      }
      await byExpiry.delete(entry.key);
    }
    if (page.length < SWEEP_BATCH) return removed;
  }
};

export const createModels = (state: StateStore, clock: Clock): Models => {
  const tables = tablesOf(state, clock);
  return {
    adapter: (kind) => adapterOf(tables, kind),
    async sessionsOf(accountId) {
      const keys = (await keysUnder(tables.byAccount, `${accountId}/`)).filter((key) => key.startsWith('Session/'));
      const sessions = await Promise.all(keys.map(async (key) => present(tables, await tables.models.get(key))));
      return sessions.filter((session) => session !== undefined);
    },
    async removeOf(accountId) {
      for (const key of await keysUnder(tables.byAccount, `${accountId}/`)) await remove(tables, key);
    },
    sweep: () => sweep(tables),
  };
};
