/** A measured network with its gateway in a process of its own: forked by measures/httpPosts.ts, which sends the load. */
import { openBenchNetwork } from './benchNetwork.ts';
import { WRITERS } from './data/cast.ts';

/** What the parent is told once the gateway listens. */
export interface Serving {
  readonly port: number;
  /** Access tokens of the writers. */
  readonly tokens: readonly string[];
}

const [folder] = process.argv.slice(2);
if (folder === undefined || process.send === undefined) throw new Error('expected to be forked with a data folder');
const bench = await openBenchNetwork(folder);
const port = await bench.network.start({ listen: true });
const tokens = Array.from({ length: WRITERS }, (_, nth) => bench.tokenOf(nth));
process.send?.({ port, tokens } as Serving);
process.once('message', async () => {
  await bench.level();
  await bench.stop();
  process.disconnect?.();
});
