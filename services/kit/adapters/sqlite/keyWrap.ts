import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { ParvisError } from '../../runtime/errors.ts';

/** Bytes of a person's key, of a wrapped one (iv 12 | ciphertext 32 | tag 16), and of the network key at least. */
export const KEY_BYTES = 32;
export const WRAPPED_BYTES = 12 + KEY_BYTES + 16;
const NETWORK_KEY_BYTES = 32;

/** Wraps keys under a network key: AES-256-GCM, the label (person and kind) as additional data. */
export interface KeyWrapper {
  wrap(label: string, key: Uint8Array): Uint8Array;
  /** @throws network-key-mismatch when it was not wrapped under this network key and label. */
  unwrap(label: string, wrapped: Uint8Array): Uint8Array;
}

export const networkKeyMismatch = (): ParvisError =>
  new ParvisError('conflict', 'network-key-mismatch', 'the network key is not the one this key vault was sealed under');

export const createKeyWrapper = (networkKey: Uint8Array): KeyWrapper => {
  if (networkKey.length !== NETWORK_KEY_BYTES) throw new Error(`network key: expected ${NETWORK_KEY_BYTES} bytes`);
  const wrappingKey = new Uint8Array(hkdfSync('sha256', networkKey, new Uint8Array(0), 'parvis/key-wrap/v1', 32));
  return {
    wrap(label, key) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', wrappingKey, iv).setAAD(Buffer.from(label, 'utf8'));
      return Buffer.concat([iv, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
    },
    unwrap(label, wrapped) {
      if (wrapped.length !== WRAPPED_BYTES) throw networkKeyMismatch();
      const decipher = createDecipheriv('aes-256-gcm', wrappingKey, wrapped.subarray(0, 12)).setAAD(Buffer.from(label, 'utf8'));
      decipher.setAuthTag(wrapped.subarray(-16));
      try {
        return Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]);
      } catch {
        // The tag does not fit: another network key, or bytes that were moved here from another person or kind.
        throw networkKeyMismatch();
      }
    },
  };
};
