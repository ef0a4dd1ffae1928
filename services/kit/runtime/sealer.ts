import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { invalid } from './errors.ts';

/** Opaque texts for clients (cursors, tokens, event ids of live streams): AES-256-GCM under a key per purpose. */
export interface Sealer {
  seal(purpose: string, value: unknown): string;
  /** @throws invalid(purpose) when the text was not sealed here for this purpose. */
  open<T>(purpose: string, text: string): T;
  /** 32 bytes derived for a purpose, for HMACs. */
  derive(purpose: string): Uint8Array;
}

export const createSealer = (networkKey: Uint8Array): Sealer => {
  const keys = new Map<string, Uint8Array>();
  const derive = (purpose: string): Uint8Array => {
    const known = keys.get(purpose);
    if (known) return known;
    const made = new Uint8Array(hkdfSync('sha256', networkKey, new Uint8Array(0), `parvis/${purpose}/v1`, 32));
    keys.set(purpose, made);
    return made;
  };
  return {
    derive,
    seal(purpose, value) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', derive(purpose), iv);
      const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
      return Buffer.concat([iv, body, cipher.getAuthTag()]).toString('base64url');
    },
    open<T>(purpose: string, text: string): T {
      try {
        const bytes = Buffer.from(text, 'base64url');
        const decipher = createDecipheriv('aes-256-gcm', derive(purpose), bytes.subarray(0, 12));
        decipher.setAuthTag(bytes.subarray(-16));
        const plain = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
        return JSON.parse(plain.toString('utf8')) as T;
      } catch {
        throw invalid(purpose, 'a value this network handed out');
      }
    },
  };
};
