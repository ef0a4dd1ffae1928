/** What every command, query and policy of identity stands on. */
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import type { CommandMeta } from '@parvis/kit/eventing/command.ts';
import type { Decider } from '@parvis/kit/eventing/decider.ts';
import { commandIdFor, derivedId, isSimpleId, personStream, randomId } from '@parvis/kit/runtime/ids.ts';
import type { CallContext } from '@parvis/kit/runtime/rpc.ts';
import type { Entered, IdentityPorts, ServiceRuntime } from '@parvis/kit/runtime/service.ts';

export interface Identity {
  readonly runtime: ServiceRuntime;
  readonly ports: IdentityPorts;
}

/** A command as it came in, from somebody who is known. */
export interface Call {
  readonly entered: Entered;
  readonly context: CallContext;
  readonly idempotencyKey: string;
  /** From If-Match; undefined: any version. */
  readonly expectedVersion: number | undefined;
}

/** Whoever acts when no person does: bootstrap, import, policies. */
export const SYSTEM = 'system';

/** The one host company: its id is the same in every network, so that nothing has to be looked up. */
export const HOST_COMMAND_ID = commandIdFor(SYSTEM, 'ensureHostOrganisation', '');
export const HOST_ORGANISATION_ID = derivedId(HOST_COMMAND_ID, 'organisation');

export const organisationStream = (organisationId: string): string => `organisation/${organisationId}`;

/** Person and stream of an invitation's id `P.I`; undefined when the text is no such id. */
export const partsOfInvitation = (invitationId: string): { personId: string; stream: string } | undefined => {
  const [personId = '', own = '', ...more] = invitationId.split('.');
  if (more.length > 0 || !isSimpleId(personId) || !isSimpleId(own)) return undefined;
  return { personId, stream: `person/${personId}/invitation/${own}` };
};

/** Where a partner who was known before takes an invitation up: on a stream of their own, once. */
export const copyStream = (personId: string, invitationId: string): string =>
  `${personStream(personId)}/invitation/${derivedId(invitationId, 'invitation')}`;

/** For appends that need no protection against repeats: their deciders give it. */
export const internalMeta = (purpose: string): CommandMeta => ({ commandId: `${purpose}/${randomId()}`, requestHash: '', actor: '' });

/** Events of a stream read at a time. */
const PAGE = 1000;

/** State and version of a stream as the log has it now: no view in between. */
export const loadState = async <S, C, E extends AnyEvent>(
  { runtime, ports }: Identity,
  decider: Decider<S, C, E>,
  stream: string,
): Promise<{ state: S; version: number }> => {
  let state = decider.initial;
  let version = 0;
  for (;;) {
    const records = await ports.log.readStream(stream, { after: version, limit: PAGE });
    for (const { event } of await runtime.codec.open(ports.log.source, records)) {
      if (event === undefined) throw new Error(`${stream} holds an event this release does not know`);
      state = decider.evolve(state, event as E);
    }
    version = records.at(-1)?.version ?? version;
    if (records.length < PAGE) return { state, version };
  }
};
