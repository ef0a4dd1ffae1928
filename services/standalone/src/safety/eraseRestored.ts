import type { IdentityService } from '@parvis/identity/src/service.ts';
import { readRestoredMark, writeRestoredMark } from './restoredMark.ts';

/**
 * At the first start after a restore: whoever was erased since the backup is erased in its history too, so that index,
 * accounts, sessions, queued mail and files follow. Their keys were destroyed by the restore. Repeated after a crash.
 */
export const eraseRestored = async (dataFolder: string, identity: Pick<IdentityService['bootstrap'], 'eraseAgain'>): Promise<void> => {
  const mark = await readRestoredMark(dataFolder);
  if (mark === undefined || mark.eraseAgain.length === 0) return;
  for (const { personId, contributions } of mark.eraseAgain) await identity.eraseAgain(personId, contributions);
  await writeRestoredMark(dataFolder, { ...mark, eraseAgain: [] });
};
