import { HOST_ORGANISATION_ID } from '@parvis/identity/src/service.ts';
import type { Network } from '../network.ts';
import type { ImportTargets } from './runImport.ts';

export const importTargets = ({ services }: Pick<Network, 'services'>): ImportTargets => ({
  identity: services.identity.bootstrap,
  group: services.group.imports,
  post: services.post.imports,
  hostOrganisationId: HOST_ORGANISATION_ID,
});
