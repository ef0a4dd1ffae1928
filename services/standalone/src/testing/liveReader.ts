/** A reader of the live stream, as a client without a browser has it. */
export interface LiveReader {
  /** Ids of the posts that any tick so far named. */
  posts(): string[];
  /** Whether a tick of this type has come. */
  heard(type: string): boolean;
  close(): Promise<void>;
}

/** Resolves when the service has let the reader in: what happens from then on is told. */
export const openLive = async (address: string, token: string): Promise<LiveReader> => {
  const abort = new AbortController();
  const response = await fetch(`${address}/api/v1/live`, { headers: { authorization: `Bearer ${token}` }, signal: abort.signal });
  if (response.status !== 200 || !response.body) throw new Error(`the live stream answered ${response.status}`);
  const decoder = new TextDecoder();
  const source = response.body.getReader();
  let text = '';
  const read = async (): Promise<void> => {
    for (let step = await source.read(); !step.done; step = await source.read()) text += decoder.decode(step.value, { stream: true });
  };
  const ended = read().catch((error: unknown) => {
    if (!abort.signal.aborted) throw error;
  });
  return {
    posts: () => [...text.matchAll(/"postId":"([\w.]+)"/g)].map((match) => match[1] as string),
    heard: (type) => text.includes(`event: ${type}\n`),
    async close() {
      abort.abort();
      await ended;
    },
  };
};
