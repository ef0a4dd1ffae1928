/**
 * Keys that were destroyed, in a small file beside the data folder that only grows: a restore of an older backup applies
 * it again, so that nobody who was erased comes back. Ids only. One JSON object a line: { person, key }.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { KeyRef, KeyVault } from '@parvis/kit/ports/keyVault.ts';
import { z } from 'zod';

const line = z.strictObject({ person: z.string().min(1), key: z.enum(['who', 'contributions']) });

/** Beside the folder, so that a backup or a loss of the folder does not take it along. */
export const erasedFileOf = (dataFolder: string): string => `${dataFolder.replace(/\/+$/, '')}.erased`;

const nameOf = ({ personId, kind }: KeyRef): string => `${personId}/${kind}`;

/** A last line that a crash cut off is passed over: its key was not destroyed yet. @throws when another line is broken */
export const readErased = (file: string): KeyRef[] => {
  const lines = readFileSync(file, 'utf8').split('\n');
  const whole = lines.slice(0, -1).filter((text) => text !== '');
  return whole.map((text) => {
    const { person, key } = line.parse(JSON.parse(text));
    return { personId: person, kind: key };
  });
};

/** On the disk when it returns. */
export const appendErased = (file: string, refs: readonly KeyRef[]): void => {
  // What a crash cut off must not run into the next line.
  const cutOff = existsSync(file) && !/^$|\n$/.test(readFileSync(file, 'utf8'));
  const text = refs.map(({ personId, kind }) => `${JSON.stringify({ person: personId, key: kind })}\n`).join('');
  const handle = openSync(file, 'a', 0o600);
  try {
    if (cutOff) writeSync(handle, ' \n');
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/**
 * The vault, with every key it destroys noted beside the folder first. What the list lacks (an older release, a lost file)
 * is added at once, and what the vault lacks is destroyed: the two never disagree.
 */
export const mirrorErased = async (vault: KeyVault, file: string): Promise<KeyVault> => {
  const listed = new Set(existsSync(file) ? readErased(file).map(nameOf) : []);
  const destroyed = await vault.destroyed();
  const missing = destroyed.filter((ref) => !listed.has(nameOf(ref)));
  // Written even when empty: a restore wants to see the list, so that a lost one is not taken for an empty one.
  if (missing.length > 0 || !existsSync(file)) appendErased(file, missing);
  const known = new Set(destroyed.map(nameOf));
  for (const ref of existsSync(file) ? readErased(file) : []) if (!known.has(nameOf(ref))) await vault.destroy(ref);
  return {
    ...vault,
    async destroy(ref) {
      if (!listed.has(nameOf(ref))) {
        appendErased(file, [ref]);
        listed.add(nameOf(ref));
      }
      await vault.destroy(ref);
    },
  };
};
