import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LIVE_STREAMS_PER_PERSON } from './limits.ts';
import { startTestGateway, type TestGateway } from './testing/testGateway.ts';

let test: TestGateway;
beforeEach(async () => {
  test = await startTestGateway();
});
afterEach(() => test.stop());

/** Reads a stream until the pattern has come; then it may be read on. */
const reader = (response: Response) => {
  const source = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let seen = '';
  return {
    async until(pattern: RegExp): Promise<string> {
      while (!pattern.test(seen)) {
        const { done, value } = await source.read();
        if (done) throw new Error(`the stream ended before ${pattern}: ${seen.slice(0, 200)}`);
        seen += decoder.decode(value, { stream: true });
      }
      return seen;
    },
    async end(): Promise<void> {
      while (!(await source.read()).done);
    },
    cancel: () => source.cancel(),
  };
};

/** Waits, without a clock, until the services see so many open streams. */
const untilOpen = async (count: number): Promise<void> => {
  while (test.services.live.open() !== count) await new Promise((resolve) => setImmediate(resolve));
};

const open = (headers: Record<string, string> = {}) => test.ask('GET', '/api/v1/live', { headers });

describe('the live stream', () => {
  it('sends ids and a kind, never text, as server-sent events', async () => {
    const response = await open();
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store, no-transform');
    const stream = reader(response);
    await stream.until(/retry: \d+\n\n/);
    test.services.live.send({ id: 'sealed1', type: 'post.published', groupId: 'groupa', postId: 'groupa.b', at: new Date(0) });
    const text = await stream.until(/id: .*\n(.*\n)*data: .*\n\n/);
    expect(text).toMatch(
      'id: sealed1\nevent: post.published\ndata: {"groupId":"groupa","postId":"groupa.b","at":"1970-01-01T00:00:00.000Z"}\n\n',
    );
    await stream.cancel();
  });

  it('resumes after the event the browser has seen', async () => {
    await (await open({ 'last-event-id': 'sealed7' })).body?.cancel();
    await (await test.ask('GET', '/api/v1/live?lastEventId=sealed8')).body?.cancel();
    const asked = test.services.asked.filter(({ method }) => method === 'live').map(({ request }) => request);
    expect(asked).toEqual([{ lastEventId: 'sealed7' }, { lastEventId: 'sealed8' }]);
  });

  it('refuses what is no event id, and callers it does not know, with a problem', async () => {
    const bad = await open({ 'last-event-id': 'a b' });
    expect(bad.status).toBe(400);
    expect(await bad.json()).toMatchObject({ fields: [{ field: 'Last-Event-ID' }] });
    expect((await test.ask('GET', '/api/v1/live', { anonymous: true })).status).toBe(401);
    const unknown = await open({ authorization: 'Bearer token-nobody' });
    expect(unknown.status).toBe(401);
  });

  it('is refused with a problem to whom the service does not let in, and holds nothing open', async () => {
    test.services.broken.live = true;
    for (let attempt = 0; attempt <= LIVE_STREAMS_PER_PERSON; attempt += 1) {
      const refused = await open();
      expect([refused.status, await refused.json()]).toEqual([403, expect.objectContaining({ code: 'account.inactive' })]);
    }
    expect(test.services.live.open()).toBe(0);
  });

  it(`is open ${LIVE_STREAMS_PER_PERSON} times per person at most, and free again when one ends`, async () => {
    const responses = await Promise.all(Array.from({ length: LIVE_STREAMS_PER_PERSON }, () => open()));
    expect(responses.map(({ status }) => status)).toEqual(Array(LIVE_STREAMS_PER_PERSON).fill(200));
    expect((await open()).status).toBe(429);
    expect((await open({ authorization: 'Bearer token-bert' })).status).toBe(200);
    await responses[0]?.body?.cancel();
    await untilOpen(LIVE_STREAMS_PER_PERSON);
    expect((await open()).status).toBe(200);
  });

  it('tells the service when the browser goes away', async () => {
    const response = await open();
    await untilOpen(1);
    await response.body?.cancel();
    await untilOpen(0);
  });

  it('ends when the gateway stops', async () => {
    const stream = reader(await open());
    await stream.until(/retry/);
    await test.gateway.stop();
    await stream.end();
    await untilOpen(0);
  });
});
