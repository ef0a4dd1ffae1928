import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventFeedServiceService, StatusServiceService } from '@parvis/contracts/gen/parvis/feed/v1/feed.ts';
import { createFakeNetwork, type FakeNetwork } from '../testing/fakeNetwork.ts';
import type { ServiceRuntime } from './service.ts';
import { createService, type ManagedService } from './serviceRuntime.ts';

describe('a service on the runtime', () => {
  let network: FakeNetwork;
  let runtime: ServiceRuntime;
  let service: ManagedService;

  beforeEach(async () => {
    network = await createFakeNetwork();
    service = createService(await network.ports('group'), {
      name: 'group',
      projections: [],
      rpc(made) {
        runtime = made;
        return [];
      },
    });
  });
  afterEach(async () => network.close());

  it('knows at its start what was recorded before, and follows what comes', async () => {
    const ada = await network.givenEmployee({ roles: ['moderator'] });
    await network.start(service);
    expect(await runtime.facts.person(ada)).toMatchObject({ id: ada, status: 'active', roles: ['member', 'moderator'] });
    const group = await network.givenGroup({ privacy: 'hidden', owners: [ada] });
    await network.settled();
    expect(await runtime.facts.membership(group, ada)).toMatchObject({ state: 'member', role: 'owner' });
    expect(await runtime.facts.groupIdsOf(ada)).toEqual([group]);
  });

  it('lets in a person whose account is linked, and nobody else', async () => {
    await network.start(service);
    const ada = await network.givenEmployee();
    const eve = await network.givenEmployee({ linked: false });
    await network.settled();
    await expect(runtime.enter(network.contextFor(ada))).resolves.toMatchObject({ personId: ada });
    await expect(runtime.enter(network.contextFor(eve))).rejects.toMatchObject({ code: 'account.unknown' });
    await expect(runtime.enter(network.anonymous())).rejects.toMatchObject({ code: 'token.missing' });
    await network.emit('identity', `person/${ada}`, [{ $case: 'personSuspended', value: { by: eve, reason: '' } }]);
    await network.settled();
    await expect(runtime.enter(network.contextFor(ada))).rejects.toMatchObject({ kind: 'forbidden', code: 'account.inactive' });
  });

  it('waits for its own writes when a token is carried', async () => {
    await network.start(service);
    const ada = await network.givenEmployee();
    const group = 'abcdefgh';
    const { last } = await network.emit('group', `group/${group}`, [
      {
        $case: 'groupCreated',
        value: { name: '', purpose: '', privacy: 1, admitsPartners: false, language: 'en', imageFileId: '', createdBy: ada },
      },
    ]);
    const context = network.contextFor(ada, { tokens: [await runtime.tokenFor(last)] });
    await runtime.waitForTokens(context);
    expect(context.reply.stale).toBe(false);
    expect(await runtime.facts.group(group)).toMatchObject({ privacy: 'open' });
    const ahead = network.contextFor(ada, { tokens: [await runtime.tokenFor({ ...last, position: last.position + 1 })] });
    const waiting = runtime.waitForTokens(ahead);
    network.clock.advance(1000);
    await waiting;
    expect(ahead.reply.stale).toBe(true);
  });

  it('serves its log to services only', async () => {
    await network.start(service);
    await network.givenGroup({ owners: [await network.givenEmployee()] });
    const feed = network.client(service, EventFeedServiceService);
    const { heads } = await feed.getHeads({}, network.serviceContext('post'));
    const lane = heads.findIndex((head) => head > 0n);
    const page = await feed.readLane({ lane, after: 0n, limit: 10, waitMs: 0 }, network.serviceContext('post'));
    expect(page.records.map((record) => record.position)).toEqual([1n, 2n, 3n]);
    expect(page.head).toBe(3n);
    await expect(feed.getHeads({}, network.anonymous())).rejects.toMatchObject({ kind: 'unauthenticated' });
    const status = await network.client(service, StatusServiceService).getStatus({}, network.serviceContext('gateway'));
    expect(status).toMatchObject({ service: 'group', ready: true });
  });
});
