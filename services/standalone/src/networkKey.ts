import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const KEY_BYTES = 32;

const decoded = (text: string, from: string): Uint8Array => {
  const bytes = Buffer.from(text.trim(), 'base64');
  if (bytes.length !== KEY_BYTES) throw new Error(`${from}: expected ${KEY_BYTES} bytes in base64, e.g. from: openssl rand -base64 32`);
  return bytes;
};

/**
 * The key that wraps every other: from PARVIS_NETWORK_KEY, or from a file outside the data folder. A file that is not there is made on the
 * first start, readable by its owner only. Whoever loses it loses the personal data; a backup of the data folder alone opens nothing.
 */
export const loadNetworkKey = (options: { key: string | undefined; file: string }): Uint8Array => {
  if (options.key !== undefined) return decoded(options.key, 'PARVIS_NETWORK_KEY');
  if (!existsSync(options.file)) {
    mkdirSync(dirname(options.file), { recursive: true });
    writeFileSync(options.file, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  }
  return decoded(readFileSync(options.file, 'utf8'), options.file);
};
