/** Identity on real adapters, with a token verifier whose tokens say what a test wants them to say. */
import { randomUUID } from 'node:crypto';
import { PersonKind, PersonRole } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import {
  ExecuteRequest,
  type ExecuteResponse,
  IdentityServiceService,
  InvitePartner,
  KeyServiceService,
  SignInRequest,
} from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import type { TokenVerifier, VerifiedToken } from '@parvis/kit/ports/tokenVerifier.ts';
import { isParvisError, unauthenticated } from '@parvis/kit/runtime/errors.ts';
import type { CallContext } from '@parvis/kit/runtime/rpc.ts';
import type { IdentityPorts } from '@parvis/kit/runtime/service.ts';
import { createFakeNetwork } from '@parvis/kit/testing/fakeNetwork.ts';
import type { SystemPerson } from '../app/bootstrap.ts';
import { createIdentityService } from '../service.ts';

export const HOST_DOMAIN = 'host.example';

/** Tokens are JSON of what they say. */
const verifier = (nowMs: () => number): TokenVerifier => ({
  async verify(token) {
    if (!token.startsWith('{')) throw unauthenticated('token.invalid', 'the token is not valid');
    const said = JSON.parse(token) as Partial<VerifiedToken> & { subject: string };
    const rest = { issuer: 'test', authorisedParty: 'web', scopes: [], client: false, providerRoles: [] };
    return { ...rest, ...said, expiresAt: new Date(nowMs() + 300_000) };
  },
  close: async () => undefined,
});

export interface TokenSays {
  readonly subject: string;
  readonly issuer?: string;
  readonly email?: string;
  readonly emailVerified?: boolean;
  readonly providerRoles?: readonly string[];
  readonly client?: boolean;
}

export type Command = NonNullable<ExecuteRequest['command']>;

/** The code of the error, or `fine`. */
export const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'fine';
  } catch (error) {
    if (isParvisError(error)) return error.code;
    throw error;
  }
};

export const createIdentityNetwork = async (change: (ports: IdentityPorts) => IdentityPorts = (ports) => ports) => {
  const network = await createFakeNetwork();
  const made = await network.ports('identity');
  const ports = change({ ...made, verifier: verifier(() => network.clock.now().getTime()) });
  const service = createIdentityService(ports);
  const hostId = await service.bootstrap.ensureHostOrganisation({ name: 'Host', domains: [HOST_DOMAIN], language: 'fr' });
  await network.start(service);
  const client = network.client(service, IdentityServiceService);

  const tokenContext = (said: TokenSays, tokens: readonly string[] = []): CallContext => ({
    ...network.contextFor('nobody', { tokens }),
    credential: { kind: 'bearer', token: JSON.stringify(said) },
  });
  /** A call of somebody whose account's subject is their id. */
  const as = (personId: string, tokens: readonly string[] = []): CallContext => tokenContext({ subject: personId }, tokens);

  const execute = (by: string, command: Command, options: { key?: string; expectedVersion?: number } = {}): Promise<ExecuteResponse> =>
    client.execute(
      ExecuteRequest.fromPartial({
        command,
        idempotencyKey: options.key ?? randomUUID(),
        ...(options.expectedVersion === undefined ? {} : { expectedVersion: options.expectedVersion }),
      } as never),
      as(by),
    );

  /** Registers somebody and links the account whose subject is their id. */
  const given = async (person: Partial<SystemPerson> & { email: string }): Promise<string> => {
    const id = await service.bootstrap.registerPersonAsSystem({
      key: person.email,
      profile: { givenName: 'Given', familyName: 'Family' },
      ...person,
    });
    await network.emit('identity', `person/${id}`, [{ $case: 'personAccountLinked', value: { issuer: 'test', subject: id } }]);
    await network.settled();
    return id;
  };

  return {
    network,
    service,
    ports,
    hostId,
    client,
    keys: network.client(service, KeyServiceService),
    tokenContext,
    as,
    execute,
    given,
    administrator: (email = `admin@${HOST_DOMAIN}`) =>
      given({ email, roles: [PersonRole.ADMINISTRATOR], profile: { givenName: 'Alma', familyName: 'Admin' } }),
    partner: (email: string, organisationId: string, sponsorId: string) =>
      given({ email, kind: PersonKind.PARTNER, organisationId, sponsorId }),
    signIn: (said: TokenSays, more: Partial<SignInRequest> = {}) => client.signIn(SignInRequest.fromPartial(more), tokenContext(said)),
    invite: (by: string, command: Partial<InvitePartner>) =>
      execute(by, {
        $case: 'invitePartner',
        value: InvitePartner.fromPartial({ givenName: 'Bob', familyName: 'Bee', language: 'en', ...command }),
      }),
    /** The secret in the last mail to the address. */
    secretFor: async (email: string): Promise<string> => {
      await network.settled();
      const mail = network.mails.findLast(({ to }) => to === email);
      return /invitations\/([A-Za-z0-9_-]+)/.exec(mail?.text ?? '')?.[1] ?? '';
    },
    /** Types of the events of a stream, without their package. */
    typesOf: async (stream: string): Promise<string[]> =>
      (await made.log.readStream(stream)).map(({ type }) => type.split('.').at(-1) as string),
  };
};

export type IdentityNetwork = Awaited<ReturnType<typeof createIdentityNetwork>>;
