/**
 * Unique names. A name is claimed in a stream of its own before the person's event that uses it; a crash in between
 * leaves a claim nobody uses. Such a claim is taken over by first moving its owner's stream (PersonAbandoned where nobody
 * registered, PersonClaimLost otherwise), so that the owner's late event loses its race. Hence also: every use is
 * preceded by a claim that is *written*, even by who holds the name, so that a takeover in flight loses instead.
 * A name given up by a change is free by this rule alone; an erasure releases them all (policies.ts).
 */
import { createHmac } from 'node:crypto';
import { ruleBroken } from '@parvis/kit/runtime/errors.ts';
import { personStream } from '@parvis/kit/runtime/ids.ts';
import { nameDecider, nameTaken } from '../domain/nameClaim.ts';
import { type PersonState, usesClaim } from '../domain/person.ts';
import { personAbandoned, personDecider } from '../domain/personDecisions.ts';
import { type Identity, internalMeta, loadState } from './identity.ts';

export type NameKind = 'email' | 'handle';

/** The name as streams and events know it: 64 hexadecimal digits that say nothing without the network's key. */
export const claimOf = ({ runtime }: Identity, kind: NameKind, name: string): string =>
  createHmac('sha256', runtime.sealer.derive('names')).update(`${kind}\n${name}`).digest('hex');

const nameStream = (claim: string): string => `name/${claim}`;

/** Makes the claim of an owner who does not use it void. @throws conflict `name.taken` when it is used */
const dislodge = async ({ runtime }: Identity, owner: string, claim: string): Promise<void> => {
  await runtime.commands.execute(owner, internalMeta('dislodge'), async (transaction) => {
    const { state } = await transaction.load(personDecider, owner);
    if (usesClaim(state, claim)) throw nameTaken();
    switch (state.status) {
      case 'none':
        transaction.append(owner, [{ $case: 'personAbandoned', value: { claim } }]);
        return;
      case 'active':
      case 'suspended':
        await transaction.run(personDecider, owner, { kind: 'loseClaim', claim });
        return;
      case 'erased':
      case 'abandoned':
        return;
      default:
        state.status satisfies never;
    }
  });
};

export interface ClaimOptions {
  /** Leaves a name alone that somebody is registering with right now: for names nobody insists on. Default false. */
  readonly yielding?: boolean;
}

/**
 * What the claimant may do to another owner. Somebody whose own stream was taken meanwhile takes nothing over any more:
 * of two who fight for two names one would abandon the other, and be abandoned.
 */
const mayDislodge = async (identity: Identity, claimant: string, owner: string, options: ClaimOptions): Promise<void> => {
  const own = await loadState(identity, personDecider, claimant);
  if (own.state.status === 'abandoned') throw personAbandoned();
  if (!options.yielding) return;
  const other = await loadState(identity, personDecider, owner);
  if (other.state.status === 'none') throw nameTaken();
};

/**
 * Claims the name for the person, who must use it in the next append to their stream, expecting the version that was
 * loaded before this call.
 * @throws conflict `name.taken`, `person.abandoned`
 */
export const claimName = async (identity: Identity, claim: string, personId: string, options: ClaimOptions = {}): Promise<void> => {
  const stream = nameStream(claim);
  const claimant = personStream(personId);
  await identity.runtime.commands.execute(stream, internalMeta('claim'), async (transaction) => {
    const { state } = await transaction.load(nameDecider, stream);
    if (state.owner !== undefined && state.owner !== claimant) {
      await mayDislodge(identity, claimant, state.owner, options);
      await dislodge(identity, state.owner, claim);
    }
    await transaction.run(nameDecider, stream, { kind: 'claim', owner: claimant, from: state.owner });
  });
};

/** Frees a name of somebody who can never use it again. */
export const releaseName = async ({ runtime }: Identity, claim: string, personId: string): Promise<void> => {
  const stream = nameStream(claim);
  await runtime.commands.execute(stream, internalMeta('release'), async (transaction) => {
    await transaction.run(nameDecider, stream, { kind: 'release', owner: personStream(personId) });
  });
};

/** E-mail addresses and handles belong to one person each: the codes say which was taken. */
export const emailTaken = () => ruleBroken('person.email-taken', 'somebody else has this e-mail address');
export const handleTaken = () => ruleBroken('person.handle-taken', 'somebody else has this handle');

export interface Holder {
  readonly personId: string;
  readonly state: PersonState;
}

/** The person who uses the name now; undefined when nobody does. */
export const holderOf = async (identity: Identity, claim: string): Promise<Holder | undefined> => {
  const { state } = await loadState(identity, nameDecider, nameStream(claim));
  if (state.owner === undefined) return undefined;
  const person = await loadState(identity, personDecider, state.owner);
  return usesClaim(person.state, claim) ? { personId: state.owner.slice('person/'.length), state: person.state } : undefined;
};
