import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StatusServiceService } from '@parvis/contracts/gen/parvis/feed/v1/feed.ts';
import { createConsumerProgress } from '../eventing/consumerProgress.ts';
import { type DecodedEvent, ERASED } from '../eventing/decodedEvent.ts';
import { any } from '../ports/eventLog.ts';
import { createSignal, until } from '../testing/eventually.ts';
import { createFakeNetwork, type FakeNetwork } from '../testing/fakeNetwork.ts';
import { created, renamed, sampleProjection } from '../testing/sampleView.ts';
import { ruleBroken, unavailable } from './errors.ts';
import { eventIdOf, policyCommandId } from './ids.ts';
import type { ServiceDefinitionParts, ServiceRuntime } from './service.ts';
import { createService, type ManagedService } from './serviceRuntime.ts';

describe('what a service does when events come', () => {
  let network: FakeNetwork;
  let runtime: ServiceRuntime;

  beforeEach(async () => {
    network = await createFakeNetwork();
  });
  afterEach(async () => network.close());

  const make = async (parts: Partial<ServiceDefinitionParts>): Promise<ManagedService> =>
    createService(await network.ports('group'), {
      name: 'group',
      projections: [],
      rpc(made) {
        runtime = made;
        return [];
      },
      ...parts,
    });

  it('lets a policy append once per event, however often it is handled', async () => {
    let calls = 0;
    const service = await make({
      policies: (made) => [
        {
          name: 'archiveAtOnce',
          source: 'group',
          types: ['parvis.group.v1.GroupCreated'],
          begin: 'start',
          async handle(event) {
            calls += 1;
            await made.commands.execute(event.stream, metaOf(event), async (transaction) =>
              transaction.append(event.stream, [{ $case: 'groupArchived', value: { by: '' } }], any),
            );
            if (calls === 1) throw new Error('died after the append');
          },
        },
      ],
    });
    await network.start(service);
    const group = await network.givenGroup();
    await network.settled();
    expect(calls).toBe(2);
    expect(await runtime.facts.group(group)).toMatchObject({ archived: true });
    expect(await (await network.log('group')).readStream(`group/${group}`)).toHaveLength(2);
  });

  const metaOf = (event: DecodedEvent) => ({ commandId: policyCommandId(eventIdOf(event), 'archiveAtOnce'), requestHash: '', actor: '' });

  it('tells listeners what comes, with personal fields sealed', async () => {
    const heard: unknown[] = [];
    await network.givenEmployee();
    await network.start(
      await make({
        listeners: () => [
          {
            name: 'ring',
            source: 'identity',
            onEvents: (_lane, events) => void heard.push(...events.map(({ event }) => event?.value.email)),
          },
        ],
      }),
    );
    await network.givenEmployee({ email: 'ada@example.org', linked: false });
    await network.settled();
    expect(heard).toEqual([expect.stringMatching(/^s1:/)]);
  });

  it('forgets the keys of an erased person when it sees the event', async () => {
    await network.start(await make({}));
    const ada = await network.givenEmployee({ givenName: 'Ada', linked: false });
    const [recorded] = await (await network.log('identity')).readStream(`person/${ada}`);
    const read = async (): Promise<string> => {
      const [event] = await runtime.codec.open('identity', [recorded as NonNullable<typeof recorded>]);
      return event?.event?.value.profile.givenName as string;
    };
    expect(await read()).toBe('Ada');
    await network.vault.destroy({ personId: ada, kind: 'who' });
    expect(await read()).toBe('Ada');
    await network.emit('identity', `person/${ada}`, [{ $case: 'personErased', value: { by: '', contributions: false } }]);
    await network.settled();
    expect(await read()).toBe(ERASED);
  });

  it('tells its parked threads and releases them', async () => {
    let broken = true;
    const check = (): void => {
      if (broken) throw new Error('no');
    };
    const service = await make({
      projections: [sampleProjection(check)],
      policies: () => [
        {
          name: 'stubborn',
          source: 'group',
          types: ['parvis.group.v1.GroupCreated'],
          begin: 'start',
          async handle() {
            if (broken) throw ruleBroken('test.no', 'no');
          },
        },
      ],
    });
    await network.start(service);
    await network.emit('group', 'group/aaa', [created('one'), renamed('two')]);
    await network.settled();
    const status = network.client(service, StatusServiceService);
    const lines = async () => (await status.getStatus({}, network.serviceContext('gateway'))).views;
    expect(await lines()).toEqual(
      expect.arrayContaining([
        { view: 'groupHistory', source: 'group', lag: 0n, parked: 1, state: 'running', reason: '' },
        { view: 'accessFacts', source: 'group', lag: 0n, parked: 0, state: 'running', reason: '' },
        { view: 'accessFacts', source: 'identity', lag: 0n, parked: 0, state: 'running', reason: '' },
        { view: 'stubborn', source: 'group', lag: 0n, parked: 1, state: 'running', reason: '' },
      ]),
    );
    broken = false;
    const release = (view: string) => status.releaseParked({ view, thread: '' }, network.serviceContext('gateway'));
    expect(await release('groupHistory')).toEqual({ released: 1 });
    expect(await release('stubborn')).toEqual({ released: 1 });
    expect(await runtime.view('groupHistory').get('groups', 'aaa')).toMatchObject({ names: ['one', 'two'] });
    expect((await lines()).map((line) => line.parked)).toEqual([0, 0, 0, 0]);
    await expect(release('unknown')).rejects.toMatchObject({ kind: 'not-found' });
    await expect(status.releaseParked({ view: 'groupHistory', thread: '' }, network.anonymous())).rejects.toMatchObject({
      kind: 'unauthenticated',
    });
  });

  it('counts a consumer of its own in its level and its tokens', async () => {
    const progress = createConsumerProgress('index', 'group');
    const began: string[] = [];
    const service = await make({
      consumers: () => [
        {
          progress,
          async start() {
            began.push('start');
            const { epoch } = await network.bus.heads('group');
            progress.begin(epoch, []);
          },
          async stop() {
            began.push('stop');
          },
          state: () => ({ state: 'running' as const, parked: 0, reason: '' }),
        },
      ],
    });
    await network.start(service);
    const { last } = await network.emit('group', 'group/aaa', [created('one')]);
    expect(await service.level()).toBe(false);
    const context = network.contextFor('nobody', { tokens: [await runtime.tokenFor(last)] });
    const waiting = runtime.waitForTokens(context);
    progress.moved(last.lane, last.position);
    await waiting;
    expect(context.reply.stale).toBe(false);
    expect(await service.level()).toBe(true);
    await service.stop();
    expect(began).toEqual(['start', 'stop']);
  });

  it('is ready when its views are level and its background runs, and not before', async () => {
    const release = createSignal();
    const entered = createSignal();
    const service = await make({
      background: () => ({
        async start() {
          entered.resolve();
          await release.promise;
        },
        stop: async () => undefined,
      }),
    });
    const ready = async (): Promise<boolean> => (await service.status()).ready;
    const starting = network.start(service);
    await entered.promise;
    expect(await ready()).toBe(false);
    release.resolve();
    await starting;
    expect(await ready()).toBe(true);
    await service.stop();
    expect(await ready()).toBe(false);
  });

  it('starts while the owner of a source is away, and is level when it is back', async () => {
    const ports = await network.ports('group');
    let away = true;
    const bus: typeof ports.bus = {
      ...ports.bus,
      async heads(source) {
        if (away && source === 'identity') throw unavailable('away', 'not yet');
        return ports.bus.heads(source);
      },
    };
    const service = createService({ ...ports, bus }, { name: 'group', projections: [sampleProjection()], rpc: () => [] });
    const starting = network.start(service);
    const reasons = async (): Promise<string[]> => (await service.status()).views.map((line) => line.reason);
    await until(async () => (await reasons()).includes('starting'), 'it says that it is starting');
    expect(await service.level()).toBe(false);
    expect((await service.status()).ready).toBe(false);
    away = false;
    await starting;
    expect((await service.status()).ready).toBe(true);
    away = true;
    expect(await reasons()).toContain('identity is away');
  });

  it('has command ids that differ by person, operation and key, and one hash per request', async () => {
    await network.start(await make({}));
    const context = network.anonymous();
    const meta = (person: string, operation: string, key: string, request: unknown) =>
      runtime.commandMeta(context, person, operation, key, request);
    const first = meta('p', 'create', 'k', { a: 1n, b: new Date(5), c: undefined });
    expect(meta('p', 'create', 'k', { b: new Date(5), a: 1n })).toEqual(first);
    expect(meta('p', 'create', 'k', { a: 2n, b: new Date(5) })).toMatchObject({ commandId: first.commandId });
    expect(meta('p', 'create', 'k', { a: 2n, b: new Date(5) }).requestHash).not.toBe(first.requestHash);
    const ids = [
      first,
      meta('q', 'create', 'k', {}),
      meta('p', 'change', 'k', {}),
      meta('p', 'create', 'l', {}),
      meta('p', 'create', '', {}),
      meta('p', 'create', '', {}),
    ];
    expect(new Set(ids.map((known) => known.commandId)).size).toBe(6);
    expect(() => meta('p', 'create', 'x'.repeat(255), {})).not.toThrow();
    expect(() => meta('p', 'create', 'x'.repeat(256), {})).toThrow('idempotencyKey');
  });

  it('answers a command with version and token, also when nothing was to be written', async () => {
    await network.start(await make({}));
    const context = network.contextFor('p');
    const run = (key: string, events: { $case: string; value: unknown }[]) =>
      runtime.commands.execute('group/aaa', runtime.commandMeta(context, 'p', 'create', key, {}), async (transaction) =>
        transaction.append('group/aaa', events, any),
      );
    const first = await runtime.written('aaa', 'group/aaa', await run('k', [created('one'), renamed('two')]));
    expect(first).toMatchObject({ id: 'aaa', version: 2, duplicate: false });
    expect(await runtime.written('aaa', 'group/aaa', await run('k', [created('one'), renamed('two')]))).toMatchObject({
      version: 2,
      duplicate: true,
    });
    expect(await runtime.written('aaa', 'group/aaa', await run('l', []))).toEqual({ id: 'aaa', version: 2, token: '', duplicate: false });
    const reading = network.contextFor('p', { tokens: [first.token] });
    await runtime.waitForTokens(reading);
    expect(reading.reply.stale).toBe(false);
  });
});
