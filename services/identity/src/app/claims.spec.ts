/**
 * Names stay unique whatever is asked, in whatever order, at once, and wherever the process dies: each append may fail
 * before it was written or after it, which is all a crash can do to a sequence of appends.
 */
import { describe, expect, it } from '@jest/globals';
import { PersonKind } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { createCommandExecutor } from '@parvis/kit/eventing/commandExecutor.ts';
import { createEventCodec } from '@parvis/kit/eventing/eventCodec.ts';
import type { EventLog } from '@parvis/kit/ports/eventLog.ts';
import { isParvisError, unavailable } from '@parvis/kit/runtime/errors.ts';
import { personStream, randomId } from '@parvis/kit/runtime/ids.ts';
import { createSealer } from '@parvis/kit/runtime/sealer.ts';
import { createManualClock } from '@parvis/kit/testing/manualClock.ts';
import { createMemoryEventLog } from '@parvis/kit/testing/memoryEventLog.ts';
import { createMemoryKeys } from '@parvis/kit/testing/memoryKeys.ts';
import fc from 'fast-check';
import { personDecider } from '../domain/personDecisions.ts';
import { type Identity, internalMeta, loadState } from './identity.ts';
import { wishEmail, wishHandle } from './nameWishes.ts';
import { registerPerson } from './registration.ts';

/** Dies at an append: before it is written, or after. */
interface Crash {
  left: number;
  written: boolean;
}

const createWorld = () => {
  const memory = createMemoryEventLog({ source: 'identity', clock: createManualClock() });
  const crash: Crash = { left: Number.POSITIVE_INFINITY, written: false };
  const log: EventLog = {
    ...memory,
    async append(writes, options) {
      crash.left -= 1;
      if (crash.left === 0 && !crash.written) throw unavailable('crashed', 'before the append');
      const result = await memory.append(writes, options);
      if (crash.left === 0) throw unavailable('crashed', 'after the append');
      return result;
    },
  };
  const keys = createMemoryKeys();
  const codec = createEventCodec({ keys });
  const sealer = createSealer(new Uint8Array(32).fill(3));
  const created = new Set<string>();
  const vault = {
    create: async (personId: string) => {
      if (!created.has(personId)) keys.create(personId);
      created.add(personId);
    },
  };
  const commands = createCommandExecutor(log, codec);
  const identity = { runtime: { commands, codec, sealer }, ports: { log, vault } } as unknown as Identity;
  return { identity, crash };
};
type World = ReturnType<typeof createWorld>;

const EMAILS = ['a@x.example', 'b@x.example', 'c@x.example'];
const HANDLES = ['aaa', 'bbb', 'ccc'];

const register = (identity: Identity, id: string, email: string, handle: string): Promise<unknown> =>
  registerPerson(identity, { commandId: id, requestHash: '', actor: '' }, id, {
    kind: PersonKind.EMPLOYEE,
    organisationId: 'host',
    profile: { givenName: 'Same', familyName: 'Name', languages: [] },
    email,
    handle,
    roles: [],
    sponsorId: '',
    expiresAt: undefined,
  });

interface Step {
  readonly what: 'register' | 'email' | 'handle' | 'erase';
  readonly who: number;
  readonly email: number;
  readonly handle: number;
  readonly crashAt: number;
  readonly written: boolean;
  readonly atOnce: boolean;
}

const act = ({ identity }: World, ids: readonly string[], step: Step): Promise<unknown> => {
  const id = ids[step.who] as string;
  const email = EMAILS[step.email] as string;
  // The fourth handle is none: made from the names.
  const handle = HANDLES[step.handle] ?? '';
  if (step.what === 'register') return register(identity, id, email, handle);
  const stream = personStream(id);
  return identity.runtime.commands.execute(stream, internalMeta('test'), async (transaction) => {
    const { state } = await transaction.load(personDecider, stream);
    const named = { personId: id, managed: [], by: '' };
    const wish =
      step.what === 'email'
        ? await wishEmail(identity, state, { ...named, email })
        : step.what === 'handle'
          ? await wishHandle(identity, state, { ...named, handle: handle || 'ddd' })
          : ({ kind: 'erase', contributions: false, by: '', others: true } as const);
    await transaction.run(personDecider, stream, wish);
  });
};

/** Every failure is one that was foreseen. */
const foreseen = async (work: Promise<unknown>): Promise<void> => {
  try {
    await work;
  } catch (error) {
    if (!isParvisError(error) || !/^(person\..*|crashed|version-conflict)$/.test(error.code)) throw error;
  }
};

const liveNames = async ({ identity }: World, ids: readonly string[]) => {
  const states = await Promise.all(ids.map(async (id) => (await loadState(identity, personDecider, personStream(id))).state));
  const live = states.filter(({ status }) => status === 'active' || status === 'suspended');
  return { emails: live.map(({ email }) => email), handles: live.map(({ handle }) => handle) };
};

const expectUnique = (names: readonly string[]): void => expect([...new Set(names)].sort()).toEqual([...names].sort());

const steps = fc.array(
  fc.record({
    what: fc.constantFrom<Step['what'][]>('register', 'register', 'email', 'handle', 'erase'),
    who: fc.nat(4),
    email: fc.nat(2),
    handle: fc.nat(3),
    crashAt: fc.integer({ min: 1, max: 8 }),
    written: fc.boolean(),
    atOnce: fc.boolean(),
  }),
  { minLength: 1, maxLength: 24 },
);

describe('unique names', () => {
  it('hold through crashes, races, changes and erasures, and no name is lost for ever', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (wished) => {
        const world = createWorld();
        const ids = Array.from({ length: 5 }, () => randomId());
        let running: Promise<void>[] = [];
        for (const step of wished) {
          world.crash.left = step.crashAt;
          world.crash.written = step.written;
          running.push(foreseen(act(world, ids, step)));
          if (step.atOnce) continue;
          await Promise.all(running);
          running = [];
          const { emails, handles } = await liveNames(world, ids);
          expectUnique(emails);
          expectUnique(handles);
        }
        await Promise.all(running);
        world.crash.left = Number.POSITIVE_INFINITY;
        const { emails, handles } = await liveNames(world, ids);
        expectUnique(emails);
        expectUnique(handles);
        for (const email of EMAILS.filter((name) => !emails.includes(name))) {
          const handle = HANDLES.find((name) => !handles.includes(name)) ?? '';
          const late = randomId();
          await register(world.identity, late, email, handle);
          if (handle !== '') handles.push(handle);
        }
      }),
      { numRuns: process.env.PARVIS_TEST_SIZE === 'full' ? 2000 : 150 },
    );
  });

  it('are taken from who died between claim and registration, who then is refused', async () => {
    const world = createWorld();
    const [first, second] = [randomId(), randomId()];
    // E-mail, handle, person: the third append is the registration.
    world.crash.left = 3;
    await expect(register(world.identity, first, 'a@x.example', 'aaa')).rejects.toMatchObject({ code: 'crashed' });
    world.crash.left = Number.POSITIVE_INFINITY;
    await register(world.identity, second, 'a@x.example', 'aaa');
    await expect(register(world.identity, first, 'a@x.example', 'aaa')).rejects.toMatchObject({ code: 'person.abandoned' });
    expect((await loadState(world.identity, personDecider, personStream(first))).state.status).toBe('abandoned');
  });

  it('wait for who died between claim and registration, and repeats', async () => {
    const world = createWorld();
    const id = randomId();
    world.crash.left = 3;
    await expect(register(world.identity, id, 'a@x.example', 'aaa')).rejects.toMatchObject({ code: 'crashed' });
    world.crash.left = Number.POSITIVE_INFINITY;
    await register(world.identity, id, 'a@x.example', 'aaa');
    await register(world.identity, id, 'a@x.example', 'aaa');
    expect((await loadState(world.identity, personDecider, personStream(id))).version).toBe(1);
  });

  it('make a late change of who never used the name lose its race', async () => {
    const world = createWorld();
    const [ada, eve] = [randomId(), randomId()];
    await register(world.identity, ada, 'a@x.example', 'aaa');
    const stream = personStream(ada);
    let interrupted = false;
    const change = world.identity.runtime.commands.execute(stream, internalMeta('test'), async (transaction) => {
      const { state } = await transaction.load(personDecider, stream);
      const wish = await wishEmail(world.identity, state, { personId: ada, email: 'b@x.example', by: '' });
      // Between claim and use somebody else registers with the name.
      if (!interrupted) await register(world.identity, eve, 'b@x.example', 'bbb');
      interrupted = true;
      await transaction.run(personDecider, stream, wish);
    });
    await expect(change).rejects.toMatchObject({ code: 'person.email-taken' });
    const { emails } = await liveNames(world, [ada, eve]);
    expect(emails).toEqual(['a@x.example', 'b@x.example']);
  });
});
