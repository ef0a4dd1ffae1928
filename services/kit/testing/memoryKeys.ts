import { randomBytes } from 'node:crypto';
import type { KeyReader, KeyRef, KeyState } from '../ports/keyVault.ts';

/** Persons' keys in memory, for suites; it counts what it is asked. */
export interface MemoryKeys extends KeyReader {
  create(personId: string): void;
  destroy(ref: KeyRef): void;
  /** The refs of every question, in order. */
  readonly asked: (readonly KeyRef[])[];
}

const nameOf = ({ personId, kind }: KeyRef): string => `${personId}/${kind}`;

export const createMemoryKeys = (...personIds: string[]): MemoryKeys => {
  const states = new Map<string, KeyState>();
  const asked: (readonly KeyRef[])[] = [];
  const create = (personId: string): void => {
    for (const kind of ['who', 'contributions'] as const)
      states.set(nameOf({ personId, kind }), { state: 'present', key: randomBytes(32) });
  };
  personIds.forEach(create);
  return {
    asked,
    create,
    destroy: (ref) => void states.set(nameOf(ref), { state: 'destroyed' }),
    async get(refs) {
      asked.push(refs);
      return refs.map((ref) => states.get(nameOf(ref)) ?? { state: 'unknown' });
    },
  };
};
