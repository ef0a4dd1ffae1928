/** Calls between the services of one process: the same generated interface, without a wire. */
import { StatusServiceService } from '@parvis/contracts/gen/parvis/feed/v1/feed.ts';
import { GroupServiceService } from '@parvis/contracts/gen/parvis/group/v1/service.ts';
import { IdentityServiceService } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import { NotificationServiceService } from '@parvis/contracts/gen/parvis/notification/v1/service.ts';
import { PostServiceService } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { SearchServiceService } from '@parvis/contracts/gen/parvis/search/v1/service.ts';
import type { GatewayClients } from '@parvis/gateway/src/ports.ts';
import { directClient } from '@parvis/kit/runtime/directClient.ts';
import type { Client, Handlers, ServiceDefinition } from '@parvis/kit/runtime/rpc.ts';
import type { Service } from '@parvis/kit/runtime/service.ts';
import type { ServiceName } from './stores.ts';

export const clientOf = <D extends ServiceDefinition>(service: Service, definition: D): Client<D> => {
  const binding = service.rpc.find((known) => known.definition === definition);
  if (binding === undefined) throw new Error(`${service.name} does not serve ${Object.values(definition)[0]?.path}`);
  return directClient(definition, binding.handlers as Handlers<D>);
};

export const gatewayClients = (services: Readonly<Record<ServiceName, Service>>): GatewayClients => ({
  identity: clientOf(services.identity, IdentityServiceService),
  group: clientOf(services.group, GroupServiceService),
  post: clientOf(services.post, PostServiceService),
  search: clientOf(services.search, SearchServiceService),
  notification: clientOf(services.notification, NotificationServiceService),
  status: Object.fromEntries(Object.values(services).map((service) => [service.name, clientOf(service, StatusServiceService)])),
});
