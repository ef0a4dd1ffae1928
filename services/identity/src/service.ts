import type { IdentityPorts, Service, ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { createService } from '@parvis/kit/runtime/serviceRuntime.ts';
import { createBootstrap, type IdentityBootstrap } from './app/bootstrap.ts';
import type { Identity } from './app/identity.ts';
import { policiesOf } from './app/policies.ts';
import { identityRpc } from './transport/grpc.ts';
import { auditProjection } from './views/auditProjection.ts';
import { directoryProjection } from './views/directoryProjection.ts';
import { invitationProjection } from './views/invitationProjection.ts';
import { organisationProjection } from './views/organisationProjection.ts';
import { personProjection } from './views/personProjection.ts';

export type { HostOrganisation, IdentityBootstrap, SystemOrganisation, SystemPerson } from './app/bootstrap.ts';
export { HOST_ORGANISATION_ID } from './app/identity.ts';

/** Identity with what its launcher, the import and the demo may ask of it in nobody's name. */
export interface IdentityService extends Service {
  readonly bootstrap: IdentityBootstrap;
}

/**
 * People, organisations, invitations and names: the streams `person/P`, `person/P/invitation/I`, `organisation/O` and
 * `name/HMAC`; the directory; and the vault of the persons' keys.
 */
export const createIdentityService = (ports: IdentityPorts): IdentityService => {
  const identityOf = (runtime: ServiceRuntime): Identity => ({ runtime, ports });
  let bootstrap: IdentityBootstrap | undefined;
  const service = createService(ports, {
    name: 'identity',
    projections: [personProjection, directoryProjection, organisationProjection, invitationProjection, auditProjection],
    policies: (runtime) => policiesOf(identityOf(runtime)),
    rpc(runtime) {
      bootstrap = createBootstrap(identityOf(runtime));
      return identityRpc(identityOf(runtime));
    },
  });
  if (!bootstrap) throw new Error('the kit asks for handlers when a service is created');
  return { ...service, bootstrap };
};
