import type { GroupPorts } from '@parvis/kit/runtime/service.ts';
import { createService, type ManagedService } from '@parvis/kit/runtime/serviceRuntime.ts';
import { createGroupImport, type GroupImport } from './app/importGroups.ts';
import { policies } from './app/policies.ts';
import { groupRpc } from './transport/grpc.ts';
import { auditProjection } from './views/auditProjection.ts';
import { employeesProjection } from './views/employeesProjection.ts';
import { groupsProjection } from './views/groupsProjection.ts';

export type { GroupImport } from './app/importGroups.ts';

export interface GroupService extends ManagedService {
  /** For `parvis import`: acts in nobody's name. */
  readonly imports: GroupImport;
}

/** Groups and memberships: who may meet where. Owns the streams `group/G` and `group/G/member/P`. */
export const createGroupService = (ports: GroupPorts): GroupService => {
  let imports!: GroupImport;
  const service = createService(ports, {
    name: 'group',
    projections: [groupsProjection, auditProjection, employeesProjection],
    policies,
    rpc: (runtime) => {
      imports = createGroupImport(runtime.commands);
      return groupRpc(runtime);
    },
  });
  return { ...service, imports };
};
