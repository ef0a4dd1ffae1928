/** Who gave or took what in groups, newest first: what administrators audit. No personal text. */
import { metaOfType } from '@parvis/contracts/src/registry.ts';
import type { Projection } from '@parvis/kit/eventing/projection.ts';
import type { ViewSchema } from '@parvis/kit/ports/views.ts';
import { eventIdOf } from '@parvis/kit/runtime/ids.ts';

export interface AuditRow {
  readonly id: string;
  readonly atMs: number;
  readonly lane: number;
  readonly position: number;
  readonly actor: string;
  readonly type: string;
  readonly subject: string;
  readonly details: Readonly<Record<string, string>>;
}

const AUDITED: ReadonlySet<string> = new Set([
  'parvis.group.v1.GroupCreated',
  'parvis.group.v1.GroupPrivacyChanged',
  'parvis.group.v1.GroupPartnerAdmissionChanged',
  'parvis.group.v1.GroupOwnerAdded',
  'parvis.group.v1.GroupOwnerRemoved',
  'parvis.group.v1.GroupTakenOver',
  'parvis.group.v1.GroupArchived',
  'parvis.group.v1.GroupReopened',
  'parvis.group.v1.MemberJoined',
  'parvis.group.v1.MemberInvited',
  'parvis.group.v1.MemberLeft',
  'parvis.group.v1.MemberRemoved',
  'parvis.group.v1.MemberBanned',
  'parvis.group.v1.MemberUnbanned',
  'parvis.group.v1.MemberRoleChanged',
]);

/** Facts an entry may tell: ids, switches and numbers. Names, purposes and reasons stay out. */
const TOLD = [
  'personId',
  'by',
  'privacy',
  'admitsPartners',
  'confirmedPosts',
  'confirmedReaders',
  'via',
  'role',
  'partner',
  'organisationId',
];

export const auditSchema: ViewSchema = {
  name: 'groupAudit',
  version: 1,
  collections: {
    entries: {
      indexes: {
        byTime: (row: AuditRow) => [[row.atMs, row.lane, row.position]],
        bySubject: (row: AuditRow) => [[row.subject, row.atMs, row.lane, row.position]],
      },
    },
  },
};

export const auditProjection: Projection = {
  schema: auditSchema,
  source: 'group',
  personal: 'sealed',
  keys: () => [],
  apply(decoded, rows) {
    if (!decoded.event || !AUDITED.has(decoded.type) || !metaOfType(decoded.type)) return;
    const value = decoded.event.value as Record<string, unknown>;
    const details = Object.fromEntries(TOLD.filter((name) => value[name] !== undefined).map((name) => [name, String(value[name])]));
    const { lane, position, actor, type, stream: subject } = decoded;
    rows.put<AuditRow>('entries', eventIdOf(decoded), {
      id: eventIdOf(decoded),
      atMs: decoded.at.getTime(),
      lane,
      position,
      actor,
      type,
      subject: subject.split('/').slice(0, 2).join('/'),
      details,
    });
  },
};
