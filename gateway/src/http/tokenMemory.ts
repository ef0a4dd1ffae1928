/** The last read-your-writes tokens of each principal, for clients that do not carry them. */
import { upTo } from '@parvis/kit/runtime/cacheLimit.ts';
import { LRUCache } from 'lru-cache';
import { TOKEN_MEMORY_MS, TOKEN_MEMORY_PRINCIPALS, TOKENS_MAX } from '../limits.ts';

export interface TokenMemory {
  remember(principal: string, tokens: readonly string[]): void;
  /** The principal's tokens of the last ten seconds and those given, each once, at most TOKENS_MAX, newest last. */
  together(principal: string | undefined, given: readonly string[]): readonly string[];
}

/** @param nowMs milliseconds since the epoch */
export const createTokenMemory = (nowMs: () => number): TokenMemory => {
  const byPrincipal = new LRUCache<string, { token: string; atMs: number }[]>({ ...upTo(TOKEN_MEMORY_PRINCIPALS) });
  const young = (principal: string): { token: string; atMs: number }[] =>
    (byPrincipal.get(principal) ?? []).filter(({ atMs }) => nowMs() - atMs < TOKEN_MEMORY_MS);
  return {
    remember(principal, tokens) {
      if (tokens.length === 0) return;
      const atMs = nowMs();
      byPrincipal.set(principal, [...young(principal), ...tokens.map((token) => ({ token, atMs }))].slice(-TOKENS_MAX));
    },
    together(principal, given) {
      const remembered = principal === undefined ? [] : young(principal).map(({ token }) => token);
      return [...new Set([...remembered, ...given])].slice(-TOKENS_MAX);
    },
  };
};
