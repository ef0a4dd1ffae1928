/** Commands as the services take them, with the caller's idempotency key and If-Match. */
import type * as group from '@parvis/contracts/gen/parvis/group/v1/service.ts';
import type * as identity from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import type * as notification from '@parvis/contracts/gen/parvis/notification/v1/service.ts';
import type * as post from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { WRITE_TIMEOUT_MS } from '../limits.ts';
import type { Call } from './call.ts';
import type { Answer } from './operation.ts';

export const identityCommand = async (call: Call, command: identity.ExecuteRequest['command']): Promise<identity.ExecuteResponse> =>
  call.wrote(await call.clients.identity.execute({ command, ...call.precondition }, call.context(WRITE_TIMEOUT_MS)));

export const groupCommand = async (call: Call, command: group.ExecuteRequest['command']): Promise<group.ExecuteResponse> =>
  call.wrote(await call.clients.group.execute({ command, ...call.precondition }, call.context(WRITE_TIMEOUT_MS)));

export const postCommand = async (call: Call, command: post.ExecuteRequest['command']): Promise<post.ExecuteResponse> =>
  call.wrote(await call.clients.post.execute({ command, ...call.precondition }, call.context(WRITE_TIMEOUT_MS)));

export const notificationCommand = async (
  call: Call,
  command: notification.ExecuteRequest['command'],
): Promise<notification.ExecuteResponse> =>
  call.wrote(await call.clients.notification.execute({ command, ...call.precondition }, call.context(WRITE_TIMEOUT_MS)));

/** What a command answers: the id and the version it reached. Created things get their address. */
export const written = (
  outcome: { readonly id: string; readonly version: number },
  location?: string,
): Answer<{ id: string; version: number }> => ({
  body: { id: outcome.id, version: outcome.version },
  version: outcome.version,
  ...(location === undefined ? {} : { location }),
});

/** Something the proto promises and a service did not send: a fault of ours, never the caller's. */
export const present = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new Error(`a service answered without ${what}`);
  return value;
};
