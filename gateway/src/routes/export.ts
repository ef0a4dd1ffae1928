/** Everything the network keeps of me, in one JSON document, streamed as the services tell it. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Call } from '../http/call.ts';
import { type Operation, rawOperation } from '../http/operation.ts';
import { TRANSFER_TIMEOUT_MS } from '../limits.ts';

const text = (bytes: Uint8Array): string => (bytes.length === 0 ? 'null' : Buffer.from(bytes).toString('utf8'));

async function* document(
  call: Call,
  contributions: AsyncIterator<{ chunk: Uint8Array }>,
  first: Uint8Array | undefined,
): AsyncGenerator<Uint8Array | string, void> {
  const { identity, group, notification } = call.clients;
  yield `{"exportedAt":${JSON.stringify(call.ports.clock.now().toISOString())}`;
  yield `,"identity":${text((await identity.exportMyIdentity({}, call.context())).document)}`;
  yield `,"groups":${text((await group.exportMyGroups({}, call.context())).document)}`;
  yield `,"notifications":${text((await notification.exportMyNotifications({}, call.context())).document)}`;
  yield ',"contributions":';
  yield first ?? 'null';
  try {
    for (let step = await contributions.next(); !step.done; step = await contributions.next()) yield step.value.chunk;
  } finally {
    await contributions.return?.();
  }
  yield '}\n';
}

export const exportData: readonly Operation[] = [
  rawOperation({
    operationId: 'exportMe',
    method: 'GET',
    path: '/me/export',
    summary: 'All data about me: profile, groups, what I wrote, notifications',
    tag: 'me',
    auth: 'person',
    rateClass: 'upload',
    timeoutMs: TRANSFER_TIMEOUT_MS,
    responseType: 'application/json',
    async respond(call, _input, _request, response) {
      // The first piece decides between an answer and a refusal; after it the document is on its way.
      const contributions = call.clients.post.exportMyContributions({}, call.context())[Symbol.asyncIterator]();
      const first = await contributions.next();
      response.setHeader('Content-Type', 'application/json; charset=utf-8');
      response.setHeader('Content-Disposition', 'attachment; filename="parvis-export.json"');
      const pieces = document(call, contributions, first.done ? undefined : first.value.chunk);
      await pipeline(Readable.from(pieces, { objectMode: false }), response);
    },
  }),
];
