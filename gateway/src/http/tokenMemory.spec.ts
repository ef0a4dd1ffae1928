import { describe, expect, it } from '@jest/globals';
import { TOKEN_MEMORY_MS, TOKENS_MAX } from '../limits.ts';
import { createTokenMemory } from './tokenMemory.ts';

describe('the memory of tokens', () => {
  it('keeps a principal’s last tokens for ten seconds, and nobody else’s', () => {
    let nowMs = 0;
    const memory = createTokenMemory(() => nowMs);
    memory.remember('anna', ['one']);
    nowMs = TOKEN_MEMORY_MS - 1;
    memory.remember('anna', ['two']);
    expect(memory.together('anna', ['one', 'mine'])).toEqual(['one', 'two', 'mine']);
    expect(memory.together('bert', [])).toEqual([]);
    expect(memory.together(undefined, ['mine'])).toEqual(['mine']);
    nowMs = TOKEN_MEMORY_MS;
    expect(memory.together('anna', [])).toEqual(['two']);
  });

  it('keeps the newest only', () => {
    const memory = createTokenMemory(() => 0);
    const all = Array.from({ length: TOKENS_MAX + 3 }, (_, index) => `t${index}`);
    for (const token of all) memory.remember('anna', [token]);
    expect(memory.together('anna', [])).toEqual(all.slice(3));
    expect(memory.together('anna', ['mine']).length).toBe(TOKENS_MAX);
    expect(memory.together('anna', ['mine']).at(-1)).toBe('mine');
  });
});
