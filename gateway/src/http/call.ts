/** One request to the API on its way through a handler: who asks, with what preconditions, and what was learnt for the answer. */
import { callContext } from '@parvis/kit/runtime/callContext.ts';
import type { CallContext, CallReply, Credential } from '@parvis/kit/runtime/rpc.ts';
import type { Principal } from '../auth/principal.ts';
import { READ_TIMEOUT_MS, SECONDARY_TIMEOUT_MS } from '../limits.ts';
import type { GatewayClients, GatewayPorts } from '../ports.ts';

/** Parts of an answer that may be missing when the service behind them does not answer. */
export type SecondaryPart = 'people' | 'groups' | 'posts' | 'organisations' | 'counts';

export interface Call {
  readonly ports: GatewayPorts;
  readonly clients: GatewayClients;
  readonly principal: Principal | undefined;
  readonly traceId: string;
  /** What a command carries: the Idempotency-Key, empty when none, and the version of If-Match. */
  readonly precondition: { readonly idempotencyKey: string; readonly expectedVersion: number | undefined };
  /** Missing parts, told to the client as `degraded`. */
  readonly degraded: Set<SecondaryPart>;
  /** Tokens of the writes of this request. */
  readonly written: string[];
  readonly signal: AbortSignal;
  /** A context for one call to a service. */
  context(timeoutMs?: number): CallContext;
  /** A context for a part that the answer can do without. */
  secondary(): CallContext;
  /** Another service's identity instead of the person's: health only. */
  ownContext(timeoutMs?: number): CallContext;
  /** A view had not reached the caller's last write in time. */
  stale(): boolean;
  /** Remembers a command's token for the answer and for the calls after it. */
  wrote<W extends { readonly token: string; readonly duplicate: boolean }>(outcome: W): W;
  /** Set once a command answered as a repeat. */
  readonly repeated: { value: boolean };
}

export interface CallParts {
  readonly ports: GatewayPorts;
  readonly principal: Principal | undefined;
  readonly traceparent: string;
  readonly traceId: string;
  readonly tokens: readonly string[];
  readonly idempotencyKey: string;
  readonly expectedVersion: number | undefined;
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

const credentialOf = (principal: Principal | undefined): Credential =>
  principal ? { kind: 'bearer', token: principal.accessToken } : { kind: 'anonymous' };

export const createCall = (parts: CallParts): Call => {
  const replies: CallReply[] = [];
  const written: string[] = [];
  const repeated = { value: false };
  const make = (credential: Credential, timeoutMs: number): CallContext => {
    const { traceparent, signal } = parts;
    const context = callContext({ credential, timeoutMs, tokens: [...parts.tokens, ...written], traceparent, signal });
    replies.push(context.reply);
    return context;
  };
  return {
    ports: parts.ports,
    clients: parts.ports.clients,
    principal: parts.principal,
    traceId: parts.traceId,
    precondition: { idempotencyKey: parts.idempotencyKey, expectedVersion: parts.expectedVersion },
    degraded: new Set(),
    written,
    signal: parts.signal,
    repeated,
    context: (timeoutMs) => make(credentialOf(parts.principal), timeoutMs ?? parts.timeoutMs ?? READ_TIMEOUT_MS),
    secondary: () => make(credentialOf(parts.principal), SECONDARY_TIMEOUT_MS),
    ownContext: (timeoutMs) => make({ kind: 'service', service: 'gateway' }, timeoutMs ?? READ_TIMEOUT_MS),
    stale: () => replies.some((reply) => reply.stale),
    wrote: (outcome) => {
      if (outcome.token !== '') written.push(outcome.token);
      if (outcome.duplicate) repeated.value = true;
      return outcome;
    },
  };
};
