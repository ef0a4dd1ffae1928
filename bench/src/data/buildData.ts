/** The three networks that are measured, below one folder. Run once per report; the folder is removed at its end. */
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqliteKeyVault } from '@parvis/kit/adapters/sqlite/keyVault.ts';
import { createEventCodec } from '@parvis/kit/eventing/eventCodec.ts';
import { createKeyCache } from '@parvis/kit/eventing/keyCache.ts';
import { systemClock } from '@parvis/kit/runtime/systemClock.ts';
import { ISSUER, NETWORK_KEY } from '../benchNetwork.ts';
import type { Sizes } from '../sizes.ts';
import { personId } from './cast.ts';
import { writeGroups, writePeople } from './people.ts';
import { writePosts } from './posts.ts';

/** Data folders: everything but search at its largest, the feed at its largest, search at its largest. */
export const foldersOf = (root: string) => ({ small: join(root, 'small'), large: join(root, 'large'), search: join(root, 'search') });

const copyShared = async (from: string, to: string, parts: readonly string[]): Promise<void> => {
  for (const part of parts) await cp(join(from, part), join(to, part), { recursive: true });
};

export const buildData = async (root: string, sizes: Sizes): Promise<void> => {
  const { small, large, search } = foldersOf(root);
  for (const folder of [small, large, search]) await mkdir(folder, { recursive: true });
  const vault = openSqliteKeyVault(join(small, 'keys', 'keys.db'), NETWORK_KEY);
  for (let nth = 0; nth < sizes.people; nth += 1) await vault.create(personId(nth));
  const codec = createEventCodec({ keys: createKeyCache(vault, systemClock) });
  await writePeople({ folder: small, codec, sizes, issuer: ISSUER });
  await writeGroups({ folder: small, codec, sizes, withLarge: true });
  await writeGroups({ folder: large, codec, sizes, withLarge: false });
  const { posts } = sizes;
  const logs = [
    { folder: small, posts: posts.small },
    { folder: search, posts: posts.search },
    { folder: large, posts: posts.large },
  ];
  await writePosts({ logs, codec, sizes });
  await vault.close();
  await copyShared(small, large, ['keys', 'identity']);
  await copyShared(small, search, ['keys', 'identity']);
  await copyShared(large, search, ['group']);
};
