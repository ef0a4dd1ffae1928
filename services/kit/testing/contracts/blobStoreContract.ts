import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BlobStore } from '../../ports/blobStore.ts';
import { randomId } from '../../runtime/ids.ts';

export interface BlobStoreHarness {
  open(): Promise<BlobStore>;
  dispose(): Promise<void>;
}

async function* chunks(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

const bytesOf = async (content: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts);
};

/** What every BlobStore does. */
export const blobStoreContract = (name: string, create: () => Promise<BlobStoreHarness>): void => {
  describe(`blob store: ${name}`, () => {
    let harness: BlobStoreHarness;
    let store: BlobStore;
    beforeEach(async () => {
      harness = await create();
      store = await harness.open();
    });
    afterEach(async () => {
      await store.close();
      await harness.dispose();
    });

    it('gives back what it was given, in any pieces, over a restart too', async () => {
      const id = randomId();
      const parts = [randomBytes(1), randomBytes(70_000), new Uint8Array(0), randomBytes(333_333)];
      expect(await store.put(id, chunks(...parts))).toEqual({ sizeBytes: 403_334 });
      await store.close();
      store = await harness.open();
      expect(await bytesOf(await store.get(id))).toEqual(Buffer.concat(parts));
    });

    it('keeps an empty blob', async () => {
      const id = randomId();
      expect(await store.put(id, chunks())).toEqual({ sizeBytes: 0 });
      expect(await store.exists(id)).toBe(true);
      expect(await bytesOf(await store.get(id))).toHaveLength(0);
    });

    it('tells what is not there', async () => {
      const id = randomId();
      expect(await store.exists(id)).toBe(false);
      await expect(store.get(id)).rejects.toMatchObject({ code: 'not-found' });
    });

    it('keeps nothing of content that failed on the way', async () => {
      const id = randomId();
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield randomBytes(200_000);
        throw new Error('the sender went away');
      }
      await expect(store.put(id, broken())).rejects.toThrow('the sender went away');
      expect(await store.exists(id)).toBe(false);
      expect(await store.list({ limit: 10 })).toEqual([]);
      expect(await store.put(id, chunks(randomBytes(3)))).toEqual({ sizeBytes: 3 });
    });

    it('does not show a blob before it is whole', async () => {
      const id = randomId();
      const first = Promise.withResolvers<void>();
      const rest = Promise.withResolvers<void>();
      async function* slow(): AsyncGenerator<Uint8Array> {
        yield randomBytes(10);
        first.resolve();
        await rest.promise;
        yield randomBytes(10);
      }
      const putting = store.put(id, slow());
      await first.promise;
      expect(await store.exists(id)).toBe(false);
      expect(await store.list({ limit: 10 })).toEqual([]);
      rest.resolve();
      await putting;
      expect(await store.exists(id)).toBe(true);
    });

    it('never mixes two writers of one id', async () => {
      const id = randomId();
      const [left, right] = [Buffer.alloc(300_000, 'a'), Buffer.alloc(300_000, 'b')];
      const outcomes = await Promise.allSettled([store.put(id, chunks(left)), store.put(id, chunks(right))]);
      expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
      const kept = await bytesOf(await store.get(id));
      expect(kept.equals(left) || kept.equals(right)).toBe(true);
    });

    it('deletes, once and again', async () => {
      const id = randomId();
      await store.put(id, chunks(randomBytes(3)));
      await store.delete(id);
      await store.delete(id);
      expect(await store.exists(id)).toBe(false);
      await expect(store.get(id)).rejects.toMatchObject({ code: 'not-found' });
    });

    it('lists ids in order, page by page', async () => {
      const ids = Array.from({ length: 25 }, randomId).sort();
      for (const id of ids) await store.put(id, chunks(randomBytes(1)));
      const pages: string[][] = [];
      for (let after: string | undefined; ; ) {
        const page = await store.list({ limit: 10, ...(after === undefined ? {} : { after }) });
        pages.push(page);
        if (page.length < 10) break;
        after = page.at(-1);
      }
      expect(pages.map(({ length }) => length)).toEqual([10, 10, 5]);
      expect(pages.flat()).toEqual(ids);
    });

    it.each([0, 1_001, 1.5])('refuses a page of %d', async (limit) => {
      await expect(store.list({ limit })).rejects.toMatchObject({ code: 'invalid' });
    });

    it.each([
      '',
      'short',
      '../../../../etc/passwd0000',
      '..',
      `${'a'.repeat(22)}/x`,
      `${'a'.repeat(22)}\\x`,
      `${'a'.repeat(22)}.part`,
      `${'a'.repeat(22)}\0`,
      'a'.repeat(65),
      '%2e%2e%2f%2e%2e%2f%2e%2e%2fxxxx',
    ])('refuses %j for an id, in every operation', async (id) => {
      const refusal = { code: 'invalid' };
      await expect(store.put(id, chunks(randomBytes(1)))).rejects.toMatchObject(refusal);
      await expect((async () => store.get(id))()).rejects.toMatchObject(refusal);
      await expect((async () => store.exists(id))()).rejects.toMatchObject(refusal);
      await expect((async () => store.delete(id))()).rejects.toMatchObject(refusal);
    });
  });
};
