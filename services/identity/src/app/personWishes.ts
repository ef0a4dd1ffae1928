/** How a wish about a person is carried out: who may ask, then repeats, If-Match and rules, in this order. */
import type { ExecuteResponse } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import { forbidden } from '@parvis/kit/runtime/errors.ts';
import { personStream } from '@parvis/kit/runtime/ids.ts';
import { isActiveAdministrator, type PersonState } from '../domain/person.ts';
import { type PersonCommand, personDecider } from '../domain/personDecisions.ts';
import { createAdministratorGuard, othersRemain } from './administrators.ts';
import type { Call, Identity } from './identity.ts';
import { administers, mustAdminister, mustBeAt, visiblePerson } from './standing.ts';

/** Decides what is asked of the person, once their state is known. */
type Wish = (state: PersonState) => Promise<PersonCommand>;
interface Target {
  readonly personId: string;
}

export interface PersonWishes {
  /** By the person themself or an administrator. @throws not-found, forbidden `person.not-yours` */
  byThem(call: Call, operation: string, command: Target, wish: Wish): Promise<ExecuteResponse>;
  /** @throws not-found, forbidden `administrator.needed` */
  byAdministrator(call: Call, operation: string, command: Target, wish: Wish): Promise<ExecuteResponse>;
  /** By administrators, for what may take the last of them away; `others`: whether another remains, or none is needed. */
  guarded(call: Call, operation: string, command: Target, wish: (others: boolean) => PersonCommand): Promise<ExecuteResponse>;
}

export const createPersonWishes = (identity: Identity): PersonWishes => {
  const { runtime } = identity;
  const alone = createAdministratorGuard(identity);

  const carryOut = async (call: Call, operation: string, command: Target, wish: Wish): Promise<ExecuteResponse> => {
    const { personId } = command;
    const stream = personStream(personId);
    const meta = runtime.commandMeta(call.context, call.entered.personId, operation, call.idempotencyKey, command);
    const outcome = await runtime.commands.execute(stream, meta, async (transaction) => {
      const { state, version } = await transaction.load(personDecider, stream);
      mustBeAt(call.expectedVersion, version);
      await transaction.run(personDecider, stream, await wish(state));
    });
    return await runtime.written(personId, stream, outcome);
  };

  return {
    async byThem(call, operation, command, wish) {
      await visiblePerson(identity, call.entered, command.personId);
      if (command.personId !== call.entered.personId && !administers(call.entered)) {
        throw forbidden('person.not-yours', 'only the person and administrators may change this');
      }
      return await carryOut(call, operation, command, wish);
    },
    async byAdministrator(call, operation, command, wish) {
      await visiblePerson(identity, call.entered, command.personId);
      mustAdminister(call.entered);
      return await carryOut(call, operation, command, wish);
    },
    async guarded(call, operation, command, wish) {
      await visiblePerson(identity, call.entered, command.personId);
      mustAdminister(call.entered);
      const decide: Wish = async (state) => wish(!isActiveAdministrator(state) || (await othersRemain(identity, command.personId)));
      return await alone(() => carryOut(call, operation, command, decide));
    },
  };
};
