/** The last part of a backup: what it holds. A backup without one is not whole. */
import { LANE_COUNT } from '@parvis/kit/ports/eventLog.ts';
import { z } from 'zod';

/** Raised when an older release could not read what this one writes. */
export const BACKUP_VERSION = 1;
export const MANIFEST = 'manifest.json';

const heads = z.array(z.number().int().min(0)).length(LANE_COUNT);

const manifestSchema = z.strictObject({
  format: z.enum(['parvis-backup', 'parvis-backup-keys']),
  version: z.literal(BACKUP_VERSION),
  createdAt: z.iso.datetime(),
  /** Per log: where it was cut. */
  logs: z.record(
    z.string(),
    z.strictObject({
      epoch: z.string(),
      lanes: z.number(),
      hash: z.string(),
      heads,
      events: z.number(),
      commands: z.number(),
      /** Heads of every log a moment before this one was cut: what its events may follow from. */
      seen: z.record(z.string(), heads),
    }),
  ),
  parts: z.array(z.strictObject({ name: z.string(), sizeBytes: z.number(), sha256: z.string() })),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type CutLog = Manifest['logs'][string];

/** @throws with what is wrong in words */
export const parseManifest = (text: string, format: Manifest['format'], from: string): Manifest => {
  const value: unknown = JSON.parse(text);
  const { version } = z.looseObject({ version: z.number() }).parse(value);
  if (version !== BACKUP_VERSION) throw new Error(`${from}: format version ${version}; this release reads ${BACKUP_VERSION}`);
  const manifest = manifestSchema.parse(value);
  if (manifest.format !== format) {
    const keys = format === 'parvis-backup-keys';
    throw new Error(`${from}: expected ${keys ? 'the archive of keys (TO.keys.tar)' : 'a backup, not its archive of keys'}`);
  }
  return manifest;
};
