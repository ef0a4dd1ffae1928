/**
 * Events of every shape that was ever written stay readable: a fixture is the bytes of one, as a release wrote it, and
 * what it says. Fixtures are added when a shape changes and never edited.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { InvitationEvent, NameEvent, OrganisationEvent, PersonEvent } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { type AnyEvent, allEvents, metaOfType } from '@parvis/contracts/src/registry.ts';
import type { Decider } from '@parvis/kit/eventing/decider.ts';
import { invitationDecider } from './invitation.ts';
import { nameDecider } from './nameClaim.ts';
import { organisationDecider } from './organisation.ts';
import { personDecider } from './personDecisions.ts';

interface Fixture {
  readonly type: string;
  readonly shape: number;
  /** Base64 of the union message. */
  readonly data: string;
  readonly message: unknown;
}

const folder = new URL('./fixtures/', import.meta.url);
const fixtures = readdirSync(folder).map((name) => ({ name, ...(JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Fixture) }));

const families: Readonly<Record<string, { toJSON(message: never): unknown; decider: unknown }>> = {
  'parvis.identity.v1.PersonEvent': { toJSON: PersonEvent.toJSON, decider: personDecider },
  'parvis.identity.v1.InvitationEvent': { toJSON: InvitationEvent.toJSON, decider: invitationDecider },
  'parvis.identity.v1.OrganisationEvent': { toJSON: OrganisationEvent.toJSON, decider: organisationDecider },
  'parvis.identity.v1.NameEvent': { toJSON: NameEvent.toJSON, decider: nameDecider },
};

describe('events written before', () => {
  it('have a fixture for every type', () => {
    const types = allEvents()
      .map(({ type }) => type)
      .filter((type) => type.startsWith('parvis.identity.'));
    expect([...new Set(fixtures.map(({ type }) => type))].sort()).toEqual(types.sort());
  });

  it.each(fixtures.map((fixture) => [fixture.name, fixture] as const))('are read as they were meant: %s', (_name, fixture) => {
    const family = metaOfType(fixture.type)?.family;
    const known = families[family?.name ?? ''];
    const message = family?.codec.decode(Buffer.from(fixture.data, 'base64'));
    expect(known?.toJSON(message as never)).toEqual(fixture.message);
    const decider = known?.decider as Decider<object, unknown, AnyEvent> | undefined;
    expect(decider?.evolve(decider.initial, message?.event as AnyEvent)).toBeDefined();
  });
});
