import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of so many megabytes, in memory. */
export interface SmallDisk {
  readonly folder: string;
  remove(): void;
}

/** @throws where this process may not mount. */
export const mountSmallDisk = (megabytes: number): SmallDisk => {
  const folder = mkdtempSync(join(tmpdir(), 'parvis-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  return {
    folder,
    remove() {
      execFileSync('umount', [folder], { stdio: 'pipe' });
      rmSync(folder, { recursive: true });
    },
  };
};

/** Why small disks can't be had here, for the title of a skipped suite; undefined where they can. */
export const missingSmallDisk = (): string | undefined => {
  try {
    mountSmallDisk(1).remove();
    return undefined;
  } catch {
    return 'this process may not mount a tmpfs';
  }
};
