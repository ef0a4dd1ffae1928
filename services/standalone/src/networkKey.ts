import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { decodeNetworkKey, NETWORK_KEY_BYTES } from '@parvis/kit/runtime/networkKey.ts';

/**
 * The key that wraps every other: from PARVIS_NETWORK_KEY, or from a file outside the data folder. A file that is not there is made on the
 * first start, readable by its owner only. Whoever loses it loses the personal data; a backup of the data folder alone opens nothing.
 */
export const loadNetworkKey = (options: { key: string | undefined; file: string }): Uint8Array => {
  if (options.key !== undefined) return decodeNetworkKey(options.key, 'PARVIS_NETWORK_KEY');
  if (!existsSync(options.file)) {
    mkdirSync(dirname(options.file), { recursive: true });
    writeFileSync(options.file, `${randomBytes(NETWORK_KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  }
  return decodeNetworkKey(readFileSync(options.file, 'utf8'), options.file);
};
