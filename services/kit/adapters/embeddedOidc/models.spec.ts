import { describe, expect, it } from '@jest/globals';
import type { AdapterPayload } from 'oidc-provider';
import type { Clock } from '../../ports/clock.ts';
import type { StateStore, StateTable } from '../../ports/state.ts';
import { createModels } from './models.ts';

/** A StateStore in memory that tells everything it holds. */
const memoryState = () => {
  const rows = new Map<string, string>();
  const table = <V>(name: string): StateTable<V> => ({
    async get(key) {
      const found = rows.get(`${name}:${key}`);
      return found === undefined ? undefined : JSON.parse(found);
    },
    put: async (key, value) => void rows.set(`${name}:${key}`, JSON.stringify(value)),
    async insert(key, value) {
      if (rows.has(`${name}:${key}`)) return false;
      rows.set(`${name}:${key}`, JSON.stringify(value));
      return true;
    },
    async replace(key, expected, value) {
      if (rows.get(`${name}:${key}`) !== JSON.stringify(expected)) return false;
      rows.set(`${name}:${key}`, JSON.stringify(value));
      return true;
    },
    delete: async (key) => void rows.delete(`${name}:${key}`),
    range: async (prefix, { after, limit }) =>
      [...rows]
        .filter(([key]) => key.startsWith(`${name}:${prefix}`))
        .map(([key, value]) => ({ key: key.slice(name.length + 1), value: JSON.parse(value) as V }))
        .filter(({ key }) => after === undefined || key > after)
        .sort((left, right) => (left.key < right.key ? -1 : 1))
        .slice(0, limit),
  });
  const store: StateStore = { table, raise: async (_table, _key, value) => value, close: async () => undefined };
  return { rows, store };
};

const setUp = () => {
  const state = memoryState();
  let nowMs = 1_700_000_000_000;
  const clock: Clock = { now: () => new Date(nowMs), after: () => () => undefined };
  const forwardS = (seconds: number): void => {
    nowMs += seconds * 1000;
  };
  return { ...state, forwardS, models: createModels(state.store, clock) };
};

const payload = (kind: string, changes: Partial<AdapterPayload> = {}): AdapterPayload => ({ kind, jti: 'secret-id', ...changes });

describe('models of the identity provider', () => {
  it('are found by their id, which is not stored', async () => {
    const { models, rows } = setUp();
    await models.adapter('RefreshToken').upsert('secret-id', payload('RefreshToken', { grantId: 'g1' }), 60);
    expect(await models.adapter('RefreshToken').find('secret-id')).toMatchObject({ jti: 'secret-id', grantId: 'g1' });
    expect(await models.adapter('AccessToken').find('secret-id')).toBeUndefined();
    expect([...rows].flat().join('\n')).not.toContain('secret-id');
  });

  it('end at their time, and the sweep leaves nothing of them', async () => {
    const { models, rows, forwardS } = setUp();
    await models.adapter('Session').upsert('s', payload('Session', { uid: 'u', accountId: 'a' }), 60);
    await models.adapter('AuthorizationCode').upsert('c', payload('AuthorizationCode', { grantId: 'g', accountId: 'a' }), 60);
    forwardS(59);
    expect(await models.sweep()).toBe(0);
    expect(await models.adapter('Session').findByUid('u')).toBeDefined();
    forwardS(1);
    expect(await models.adapter('Session').find('s')).toBeUndefined();
    expect(await models.sweep()).toBe(2);
    expect(rows.size).toBe(0);
  });

  it('that were renewed stay', async () => {
    const { models, forwardS } = setUp();
    await models.adapter('Session').upsert('s', payload('Session'), 60);
    forwardS(30);
    await models.adapter('Session').upsert('s', payload('Session'), 60);
    forwardS(40);
    expect(await models.sweep()).toBe(0);
    expect(await models.adapter('Session').find('s')).toBeDefined();
  });

  it('are swept in more than one round', async () => {
    const { models, rows, forwardS } = setUp();
    for (let index = 0; index < 1_201; index += 1) await models.adapter('Session').upsert(`s${index}`, payload('Session'), 60);
    forwardS(61);
    expect(await models.sweep()).toBe(1_201);
    expect(rows.size).toBe(0);
  });

  it('are consumed once', async () => {
    const { models } = setUp();
    const codes = models.adapter('AuthorizationCode');
    await codes.upsert('c', payload('AuthorizationCode'), 60);
    const outcomes = await Promise.allSettled([codes.consume('c'), codes.consume('c'), codes.consume('c')]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await codes.find('c')).toHaveProperty('consumed');
  });

  it('of a grant or an account end together, those of others stay', async () => {
    const { models } = setUp();
    const tokens = models.adapter('RefreshToken');
    await tokens.upsert('t1', payload('RefreshToken', { grantId: 'g', accountId: 'a' }), 60);
    await tokens.upsert('t2', payload('RefreshToken', { grantId: 'g2', accountId: 'a' }), 60);
    await tokens.upsert('t3', payload('RefreshToken', { grantId: 'g3', accountId: 'ab' }), 60);
    await tokens.revokeByGrantId('g');
    expect(await tokens.find('t1')).toBeUndefined();
    expect(await tokens.find('t2')).toBeDefined();
    await models.removeOf('a');
    expect(await tokens.find('t2')).toBeUndefined();
    expect(await tokens.find('t3')).toBeDefined();
  });
});
