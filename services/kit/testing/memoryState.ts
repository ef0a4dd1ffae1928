import type { StateStore, StateTable } from '../ports/state.ts';

/** A state store in memory: values are kept as JSON, as every adapter keeps them. */
export const createMemoryState = (): StateStore => {
  const tables = new Map<string, Map<string, string>>();
  const rowsOf = (name: string): Map<string, string> => {
    const rows = tables.get(name) ?? new Map<string, string>();
    tables.set(name, rows);
    return rows;
  };
  return {
    table: (name) => createTable(rowsOf(name)),
    async raise(name, key, value) {
      const rows = rowsOf(name);
      const highest = Math.max(value, Number(rows.get(key) ?? value));
      rows.set(key, String(highest));
      return highest;
    },
    close: async () => undefined,
  };
};

const createTable = <V>(rows: Map<string, string>): StateTable<V> => {
  const parsed = (text: string | undefined): V | undefined => (text === undefined ? undefined : (JSON.parse(text) as V));
  return {
    get: async (key) => parsed(rows.get(key)),
    put: async (key, value) => void rows.set(key, JSON.stringify(value)),
    async insert(key, value) {
      if (rows.has(key)) return false;
      rows.set(key, JSON.stringify(value));
      return true;
    },
    async replace(key, expected, value) {
      if (rows.get(key) !== JSON.stringify(expected)) return false;
      rows.set(key, JSON.stringify(value));
      return true;
    },
    delete: async (key) => void rows.delete(key),
    range: async (prefix, { after = '', limit }) =>
      [...rows.keys()]
        .filter((key) => key.startsWith(prefix) && key > after)
        .sort()
        .slice(0, limit)
        .map((key) => ({ key, value: parsed(rows.get(key)) as V })),
  };
};
