/** What travels beside a message: who asks, tokens to wait for, trace, and whether the answer is stale. */
import { Metadata } from '@grpc/grpc-js';
import { forbidden, invalid, unauthenticated } from './errors.ts';
import type { CallContext, CallReply, Credential } from './rpc.ts';
import type { ServiceIdentity } from './serviceIdentity.ts';

const AUTHORISATION = 'authorization';
/** Signed statement of the calling service; every call carries one, whoever it speaks for. */
const CALLER = 'parvis-service';
/** `service` when the calling service speaks for itself. */
const SPEAKS_FOR = 'parvis-as';
const TOKEN = 'parvis-token';
const TRACEPARENT = 'traceparent';
const STALE = 'parvis-stale';

/** Most read-your-writes tokens of one call: a few per service and lane are all a client ever holds. */
export const TOKENS_PER_CALL = 64;

/** Metadata of a call to `audience`. @throws forbidden when a process would speak for another service than its own. */
export const writeCallMetadata = async (context: CallContext, identity: ServiceIdentity, audience: string): Promise<Metadata> => {
  const metadata = new Metadata();
  const { credential } = context;
  if (credential.kind === 'service' && credential.service !== identity.service) {
    throw forbidden('service-identity', `this process is ${identity.service} and can't speak for ${credential.service}`);
  }
  metadata.set(CALLER, await identity.statementFor(audience));
  if (credential.kind === 'service') metadata.set(SPEAKS_FOR, 'service');
  if (credential.kind === 'bearer') metadata.set(AUTHORISATION, `Bearer ${credential.token}`);
  if (context.tokens.length > TOKENS_PER_CALL) throw invalid('tokens', `at most ${TOKENS_PER_CALL} tokens`);
  // One header: HTTP/2 would join several with commas anyway, and sealed tokens are base64url.
  if (context.tokens.length > 0) metadata.set(TOKEN, context.tokens.join(','));
  if (context.traceparent !== '') metadata.set(TRACEPARENT, context.traceparent);
  return metadata;
};

const textsOf = (metadata: Metadata, key: string): string[] => metadata.get(key).map((value) => value.toString());

const readCredential = (metadata: Metadata, caller: string): Credential => {
  const [authorisation] = textsOf(metadata, AUTHORISATION);
  if (authorisation !== undefined) {
    const token = /^Bearer (\S+)$/.exec(authorisation)?.[1];
    if (!token) throw unauthenticated('bearer', 'the authorization metadata holds no bearer token');
    return { kind: 'bearer', token };
  }
  return textsOf(metadata, SPEAKS_FOR)[0] === 'service' ? { kind: 'service', service: caller } : { kind: 'anonymous' };
};

/** What a server reads of a call. @throws unauthenticated, forbidden `service-not-allowed`, invalid */
export const readCallMetadata = async (
  metadata: Metadata,
  identity: ServiceIdentity,
  callers: ReadonlySet<string>,
): Promise<Pick<CallContext, 'credential' | 'tokens' | 'traceparent'>> => {
  const caller = await identity.verify(textsOf(metadata, CALLER)[0] ?? '');
  if (!callers.has(caller)) throw forbidden('service-not-allowed', `${caller} does not call ${identity.service}`);
  const tokens = textsOf(metadata, TOKEN)
    .flatMap((text) => text.split(','))
    .map((token) => token.trim())
    .filter((token) => token !== '');
  if (tokens.length > TOKENS_PER_CALL) throw invalid('tokens', `at most ${TOKENS_PER_CALL} tokens`);
  return { credential: readCredential(metadata, caller), tokens, traceparent: textsOf(metadata, TRACEPARENT)[0] ?? '' };
};

export const writeReplyMetadata = (reply: CallReply): Metadata => {
  const metadata = new Metadata();
  if (reply.stale) metadata.set(STALE, '1');
  return metadata;
};

export const readReplyMetadata = (metadata: Metadata, reply: CallReply): void => {
  if (metadata.get(STALE).length > 0) reply.stale = true;
};
