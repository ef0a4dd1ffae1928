/** Every operation of the served OpenAPI document under hostile requests: no fault of ours, every refusal in words, nothing changed by it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MATRIX } from '@parvis/gateway/src/authorisation/matrix.ts';
import fc from 'fast-check';
import { type HostileRequest, hostileRequest, type Json, operationsOf } from './testing/hostileRequests.ts';
import { createRandomNetwork } from './testing/randomNetwork.ts';
import { type Caller, startTestNetwork, type TestNetwork } from './testing/testNetwork.ts';

const FULL = process.env.PARVIS_TEST_SIZE === 'full';
const RUNS = FULL ? 120 : 15;
const OPERATIONS = [...new Set(MATRIX.map(({ operationId }) => operationId))];
const SEED = Number(process.env.PARVIS_TEST_SEED ?? 31_337);

let network: TestNetwork;
let document: Json;
let callers: Caller[];
let ids: string[];
beforeAll(async () => {
  network = await startTestNetwork();
  const random = await createRandomNetwork(network, { employees: 4, partners: 2, groups: 3, posts: 5 }, SEED);
  // An administrator gets furthest, and their own id is not among those that requests are made of; the partner is refused most.
  callers = [random.people[0]?.caller as Caller, random.people.at(-1)?.caller as Caller];
  const things = random.posts.flatMap(({ id, commentId, fileId }) => [id, commentId, fileId]);
  ids = [...things, ...random.groupIds, ...random.people.slice(1, -1).map(({ id }) => id), `${'b'.repeat(26)}.${'c'.repeat(26)}`];
  document = (await random.owner.get('/openapi.json')).body as Json;
}, 120_000);
afterAll(() => network?.close());

const heads = async (): Promise<string> =>
  JSON.stringify(await Promise.all(Object.values(network.network.stores.logs).map((log) => log.heads())));

interface Told {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** The answer; of a stream its head alone. */
const send = async (caller: Caller, method: string, { path, headers, body }: HostileRequest): Promise<Told> => {
  const abort = new AbortController();
  const response = await fetch(`${network.address}/api/v1${path}`, {
    method,
    redirect: 'manual',
    signal: abort.signal,
    headers: { ...headers, authorization: `Bearer ${caller.token}` },
    ...(body === undefined || method === 'GET' ? {} : { body }),
  });
  const { status } = response;
  const type = response.headers.get('content-type') ?? '';
  if (!type.includes('event-stream')) return { status, type, text: await response.text() };
  abort.abort();
  return { status, type, text: '' };
};

const FIELD = { field: expect.stringMatching(/./), expected: expect.stringMatching(/./) };

const checkRefusal = (told: Told): void => {
  expect(told.type).toContain('application/problem+json');
  const problem = JSON.parse(told.text);
  expect(problem).toMatchObject({ status: told.status, code: expect.stringMatching(/^[a-z][\w.-]+$/), detail: expect.any(String) });
  if (told.status === 400) expect(problem.fields).toContainEqual(FIELD);
};

const tried = new Map<number, number>();

describe('under hostile requests', () => {
  it.each(OPERATIONS)(
    '%s',
    async (operationId) => {
      const operation = operationsOf(document).find((described) => described.operationId === operationId);
      if (!operation) throw new Error(`${operationId} is not in the document`);
      const property = fc.asyncProperty(hostileRequest(document, operation, ids), fc.constantFrom(...callers), async (request, caller) => {
        const before = await heads();
        const told = await send(caller, operation.method, request);
        tried.set(told.status, (tried.get(told.status) ?? 0) + 1);
        expect(told.status).toBeLessThan(500);
        if (told.status >= 400) {
          checkRefusal(told);
          expect(await heads()).toBe(before);
        } else if (operation.method !== 'GET') {
          // What follows by itself from a command that was taken is no work of the next request.
          await network.settled();
        }
      });
      await fc.assert(property, {
        seed: SEED,
        numRuns: RUNS,
        interruptAfterTimeLimit: FULL ? 300_000 : 60_000,
        markInterruptAsFailure: false,
      });
    },
    400_000,
  );

  it('leaves no operation of the document out', () => {
    expect(
      operationsOf(document)
        .map(({ operationId }) => operationId)
        .sort(),
    ).toEqual([...OPERATIONS].sort());
  });

  it('went deep enough to be refused in every way, and to be let through', () => {
    expect([...tried.keys()].sort()).toEqual(expect.arrayContaining([200, 201, 400, 403, 404, 409, 415]));
  });
});
