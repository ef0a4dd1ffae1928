import type { GroupPorts, Service } from '@parvis/kit/runtime/service.ts';
import { createService } from '@parvis/kit/runtime/serviceRuntime.ts';
import { policies } from './app/policies.ts';
import { groupRpc } from './transport/grpc.ts';
import { auditProjection } from './views/auditProjection.ts';
import { employeesProjection } from './views/employeesProjection.ts';
import { groupsProjection } from './views/groupsProjection.ts';

/** Groups and memberships: who may meet where. Owns the streams `group/G` and `group/G/member/P`. */
export const createGroupService = (ports: GroupPorts): Service =>
  createService(ports, {
    name: 'group',
    projections: [groupsProjection, auditProjection, employeesProjection],
    policies,
    rpc: groupRpc,
  });
