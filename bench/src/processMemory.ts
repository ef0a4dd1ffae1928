/** Memory of a process as Linux counts it. */
import { readFile } from 'node:fs/promises';

const fieldOf = async (pid: number, field: string): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kb = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (kb === undefined) throw new Error(`/proc/${pid}/status: expected ${field} in kB`);
  return Number(kb) / 1024;
};

/** Resident memory, in MB of 2^20 bytes. */
export const residentMb = (pid: number): Promise<number> => fieldOf(pid, 'VmRSS');
/** The most that ever was resident. */
export const peakMb = (pid: number): Promise<number> => fieldOf(pid, 'VmHWM');
