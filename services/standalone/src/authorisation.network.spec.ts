/** Every cell of the authorisation matrix, asked of the whole network over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MATRIX } from '@parvis/gateway/src/authorisation/matrix.ts';
import { type MatrixRequest, type Outcome, type Row, VIEWERS, type Viewer } from '@parvis/gateway/src/authorisation/scenario.ts';
import { createFlowingClock } from '@parvis/kit/testing/flowingClock.ts';
import { createMatrixScenario, type MatrixNetwork } from './testing/matrixScenario.ts';
import { startTestNetwork, type TestNetwork } from './testing/testNetwork.ts';

let network: TestNetwork;
let scenario: MatrixNetwork;

beforeAll(async () => {
  const clock = createFlowingClock();
  network = await startTestNetwork({ clock });
  scenario = await createMatrixScenario(network, clock);
});
afterAll(() => network?.close());

/** Status of a request; the answer's body is left unread, so that a live stream ends here. */
const statusOf = async (viewer: Viewer, { method, path, body, file }: MatrixRequest): Promise<number> => {
  const { token } = scenario.as(viewer);
  const form = new FormData();
  if (file) form.append('file', new Blob([file.content]), file.name);
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const abort = new AbortController();
  const response = await fetch(`${network.address}/api/v1${path}`, {
    method,
    signal: abort.signal,
    headers: {
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(file ? { body: form } : json),
  });
  abort.abort();
  return response.status;
};

const fits = (expected: Outcome, status: number): boolean => {
  const success = status >= 200 && status < 300;
  if (expected === 'allow') return success;
  if (expected === 'settled') return success || status === 409;
  return status === expected;
};

const failuresOf = async (row: Row): Promise<string[]> => {
  const failures: string[] = [];
  for (const viewer of VIEWERS) {
    const status = await statusOf(viewer, await row.request(scenario, viewer));
    if (!fits(row.expected[viewer], status)) failures.push(`${viewer}: expected ${row.expected[viewer]}, got ${status}`);
  }
  return failures;
};

describe('the authorisation matrix', () => {
  it.each(MATRIX.map((row) => [`${row.operationId} of ${row.target}`, row] as const))('%s', async (_, row) => {
    expect(await failuresOf(row)).toEqual([]);
  });
});
