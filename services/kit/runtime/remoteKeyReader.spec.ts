import { describe, expect, it } from '@jest/globals';
import type { GetKeysRequest, GetKeysResponse } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import type { KeyRef } from '../ports/keyVault.ts';
import { createRemoteKeyReader } from './remoteKeyReader.ts';
import type { CallContext } from './rpc.ts';

const key = Buffer.alloc(32, 7);
const who = (personId: string): KeyRef => ({ personId, kind: 'who' });

const reader = (answer: GetKeysResponse['keys']) => {
  const calls: { request: GetKeysRequest; context: CallContext }[] = [];
  const getKeys = async (request: GetKeysRequest, context: CallContext): Promise<GetKeysResponse> => {
    calls.push({ request, context });
    return { keys: answer };
  };
  return { calls, reader: createRemoteKeyReader({ getKeys }, 'post') };
};

const material = (personId: string, destroyed = false) => ({
  ref: who(personId),
  keyId: '',
  key: destroyed ? Buffer.alloc(0) : key,
  destroyed,
});

describe('remote key reader', () => {
  it('matches answers by reference, whatever their order, and asks as its service', async () => {
    const { calls, reader: keys } = reader([material('c', true), material('a')]);
    expect(await keys.get([who('a'), who('b'), who('c')])).toEqual([
      { state: 'present', key },
      { state: 'unknown' },
      { state: 'destroyed' },
    ]);
    expect(calls[0]?.context.credential).toEqual({ kind: 'service', service: 'post' });
    expect(calls[0]?.request.refs).toEqual([who('a'), who('b'), who('c')]);
  });

  it('asks nothing for nothing', async () => {
    const { calls, reader: keys } = reader([]);
    expect(await keys.get([])).toEqual([]);
    expect(calls).toEqual([]);
  });

  it('refuses 501 references before it asks', async () => {
    const { calls, reader: keys } = reader([]);
    await expect(keys.get(Array.from({ length: 501 }, (_, index) => who(`p${index}`)))).rejects.toMatchObject({ code: 'invalid' });
    expect(calls).toEqual([]);
  });

  it('does not take a short key for a key', async () => {
    const { reader: keys } = reader([{ ...material('a'), key: Buffer.alloc(16) }]);
    await expect(keys.get([who('a')])).rejects.toMatchObject({ code: 'key-service' });
  });
});
