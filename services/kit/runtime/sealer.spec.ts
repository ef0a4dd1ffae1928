import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSealer } from './sealer.ts';

const key = new Uint8Array(32).fill(7);
const sealer = createSealer(key);

describe('sealer', () => {
  it('opens what it sealed, also in another process with the same key', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // JSON knows no negative zero.
        const plain = JSON.parse(JSON.stringify(value));
        expect(createSealer(key).open('cursor', sealer.seal('cursor', value))).toEqual(plain);
      }),
    );
  });

  it('hands out texts that fit into an address, tell nothing and never repeat', () => {
    const texts = [1, 2].map(() => sealer.seal('cursor', { group: 'secret' }));
    for (const text of texts) {
      expect(text).toMatch(/^[\w-]+$/);
      expect(Buffer.from(text, 'base64url').toString('latin1')).not.toContain('secret');
    }
    expect(texts[0]).not.toBe(texts[1]);
  });

  it('refuses what was sealed for another purpose, under another key, altered or never sealed', () => {
    const text = sealer.seal('cursor', [1, 2, 3]);
    const altered = Buffer.from(text, 'base64url');
    altered.writeUInt8(altered.readUInt8(14) ^ 1, 14);
    const refused = expect.objectContaining({ kind: 'invalid', code: 'invalid' });
    expect(() => sealer.open('token', text)).toThrow(refused);
    expect(() => createSealer(new Uint8Array(32)).open('cursor', text)).toThrow(refused);
    for (const wrong of [altered.toString('base64url'), text.slice(0, -1), text.slice(4), '', 'a', '{}']) {
      expect(() => sealer.open('cursor', wrong)).toThrow(refused);
    }
  });

  it('derives a key of 32 bytes for each purpose', () => {
    expect(sealer.derive('a')).toHaveLength(32);
    expect(sealer.derive('a')).toEqual(createSealer(key).derive('a'));
    expect(sealer.derive('a')).not.toEqual(sealer.derive('b'));
  });
});
