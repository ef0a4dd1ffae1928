/**
 * How many employees the network has, and who may create groups: what the audience of an open group and the creation
 * rule need. Counters are kept per lane of the source, so that a row never depends on how lanes interleave.
 */
import { type OrganisationEvent, type PersonEvent, PersonKind } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { Projection, RowSet } from '@parvis/kit/eventing/projection.ts';
import type { ViewSchema } from '@parvis/kit/ports/views.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';

export interface EmployeeCountRow {
  readonly count: number;
}
interface EmployeeRow {
  readonly active: boolean;
}
export interface CreationRuleRow {
  readonly groupCreation: string;
}

export const employeesSchema: ViewSchema = {
  name: 'employees',
  version: 1,
  collections: {
    employees: { indexes: {} },
    counts: { indexes: {} },
    rules: { indexes: {} },
  },
};

const personIdOf = (decoded: DecodedEvent): string | undefined => {
  const segments = decoded.stream.split('/');
  return segments[0] === 'person' && segments.length === 2 ? idsOfStream(decoded.stream).personId : undefined;
};

const activeAfter = (event: NonNullable<PersonEvent['event']>, before: boolean | undefined): boolean | undefined => {
  switch (event.$case) {
    case 'personRegistered':
      return event.value.kind === PersonKind.EMPLOYEE ? true : undefined;
    case 'personSuspended':
    case 'personErased':
      return before === undefined ? undefined : false;
    case 'personReactivated':
      return before === undefined ? undefined : true;
    default:
      return before;
  }
};

const count = (decoded: DecodedEvent, personId: string, rows: RowSet): void => {
  const before = rows.get<EmployeeRow>('employees', personId)?.active;
  const after = activeAfter(decoded.event as NonNullable<PersonEvent['event']>, before);
  if (after === undefined || after === before) return;
  rows.put<EmployeeRow>('employees', personId, { active: after });
  const lane = String(decoded.lane);
  const counted = rows.get<EmployeeCountRow>('counts', lane)?.count ?? 0;
  const change = (after ? 1 : 0) - (before ? 1 : 0);
  rows.put<EmployeeCountRow>('counts', lane, { count: counted + change });
};

export const employeesProjection: Projection = {
  schema: employeesSchema,
  source: 'identity',
  personal: 'sealed',
  keys(decoded) {
    const personId = personIdOf(decoded);
    if (personId === undefined) return [];
    return [
      { collection: 'employees', key: personId },
      { collection: 'counts', key: String(decoded.lane) },
    ];
  },
  apply(decoded, rows) {
    const personId = personIdOf(decoded);
    if (personId !== undefined && decoded.event) count(decoded, personId, rows);
    const event = decoded.event as OrganisationEvent['event'];
    if (event?.$case === 'networkSettingsChanged' && event.value.groupCreation !== undefined) {
      rows.put<CreationRuleRow>('rules', 'network', { groupCreation: event.value.groupCreation });
    }
  },
};
