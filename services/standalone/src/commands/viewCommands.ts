import type { ManagedService } from '@parvis/kit/runtime/serviceRuntime.ts';
import type { Network } from '../network.ts';
import { type Command, CommandRefused, type Print } from './command.ts';

const serviceNamed = (network: Network, name: string | undefined): ManagedService => {
  const known = Object.values(network.services) as unknown as ManagedService[];
  const found = known.find((service) => service.name === name);
  if (!found) throw new CommandRefused(`a service: ${known.map((service) => service.name).join(', ')}`);
  return found;
};

const list = async (network: Network, print: Print): Promise<void> => {
  for (const service of Object.values(network.services)) {
    for (const { view, source, lag, parked, state, reason } of (await service.status()).views) {
      print(`${service.name} ${view} follows ${source}: ${state}, lag ${lag}, parked ${parked}${reason ? ` (${reason})` : ''}`);
    }
  }
};

export const viewsCommand: Command = {
  name: 'views',
  usage: 'list | rebuild SERVICE VIEW',
  summary: 'tell how far every view is, or build one anew beside the live one',
  async run(network, [action, service, view], print) {
    if (action === 'list') return list(network, print);
    if (action !== 'rebuild' || view === undefined) throw new CommandRefused('parvis views list, or parvis views rebuild SERVICE VIEW');
    await serviceNamed(network, service).rebuild(view);
    print(`${service} ${view} was built anew`);
  },
};

export const parkedCommand: Command = {
  name: 'parked',
  usage: 'release SERVICE VIEW [THREAD]',
  summary: 'replay events that could not be applied, once their cause is mended',
  async run(network, [action, service, view, thread], print) {
    if (action !== 'release' || view === undefined) throw new CommandRefused('parvis parked release SERVICE VIEW [THREAD]');
    const released = await serviceNamed(network, service).releaseParked(view, thread);
    print(`${released} released`);
  },
};
