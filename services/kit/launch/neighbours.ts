/**
 * Who calls whom, as the service.json files say it. A service may be called by those that name it in `calls` or `follows`
 * (events are read through their owner's EventFeed), and needs the addresses of those that it names itself.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const manifest = z.object({
  name: z.string(),
  calls: z.array(z.string()),
  follows: z.array(z.string()),
});
export type Manifest = z.infer<typeof manifest>;

const ROOT = join(import.meta.dirname, '../../..');

/** Every service.json of this release, the gateway's included. @throws when one is not as expected */
export const readManifests = (root = ROOT): Manifest[] =>
  globSync(['services/*/service.json', 'gateway/service.json'], { cwd: root }).map((file) =>
    manifest.parse(JSON.parse(readFileSync(join(root, file), 'utf8'))),
  );

export interface Neighbours {
  /** Allow-list of callers. */
  readonly callers: readonly string[];
  /** Services whose addresses are needed. */
  readonly peers: readonly string[];
}

/** @throws for a service without a manifest, or one that names a service that is not there */
export const neighboursOf = (name: string, manifests: readonly Manifest[] = readManifests()): Neighbours => {
  const own = manifests.find((known) => known.name === name);
  if (own === undefined) throw new Error(`${name}: no service.json names it`);
  const peers = [...new Set([...own.calls, ...own.follows])].filter((peer) => peer !== name).sort();
  const unknown = peers.find((peer) => !manifests.some((known) => known.name === peer));
  if (unknown !== undefined) throw new Error(`service.json of ${name}: there is no service ${unknown}`);
  const callers = manifests
    .filter((other) => other.name !== name && (other.calls.includes(name) || other.follows.includes(name)))
    .map((other) => other.name)
    .sort();
  return { callers, peers };
};
