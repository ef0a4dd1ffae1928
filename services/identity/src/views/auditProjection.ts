import {
  type InvitationEvent,
  type OrganisationEvent,
  type PersonEvent,
  PersonKind,
  PersonRole,
} from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { Projection, RowSet } from '@parvis/kit/eventing/projection.ts';
import { eventIdOf } from '@parvis/kit/runtime/ids.ts';
import { type AuditRow, auditSchema } from './auditView.ts';

type Audited = NonNullable<PersonEvent['event']> | NonNullable<InvitationEvent['event']> | NonNullable<OrganisationEvent['event']>;
type Details = Record<string, string>;

const ROLES: Readonly<Record<number, string>> = { [PersonRole.MODERATOR]: 'moderator', [PersonRole.ADMINISTRATOR]: 'administrator' };
const rolesText = (roles: readonly PersonRole[]): string => ['member', ...roles.flatMap((role) => ROLES[role] ?? [])].join(',');
const time = (at: Date | undefined): string => at?.toISOString() ?? '';

/** Names of what a change says, never what it says. */
const said = (message: object | undefined): string =>
  Object.entries(message ?? {})
    .filter(
      ([name, value]) =>
        value !== undefined &&
        value !== '' &&
        !(Array.isArray(value) && value.length === 0) &&
        !['by', 'languagesSet', 'domainsSet'].includes(name),
    )
    .map(([name]) => name)
    .sort()
    .join(',');

/** Facts of the event; undefined: not audited. Reasons stay out, for people write names into them. */
const detailsOf = (event: Audited): Details | undefined => {
  switch (event.$case) {
    case 'personRegistered': {
      const { kind, organisationId, roles, sponsorId } = event.value;
      return { kind: kind === PersonKind.PARTNER ? 'partner' : 'employee', organisationId, roles: rolesText(roles), sponsorId };
    }
    case 'personProfileChanged':
      return { attributes: said(event.value.profile) };
    case 'personRolesChanged':
      return { roles: rolesText(event.value.roles) };
    case 'personErased':
      return { contributions: String(event.value.contributions) };
    case 'personAccountLinked':
    case 'personAccountUnlinked':
      return { issuer: event.value.issuer };
    case 'personSponsorChanged':
      return { sponsorId: event.value.sponsorId };
    case 'personExpiryChanged':
      return { expiresAt: time(event.value.expiresAt) };
    case 'personEmailChanged':
    case 'personHandleChanged':
    case 'personSuspended':
    case 'personReactivated':
      return {};
    case 'personAbandoned':
    case 'personClaimLost':
      return undefined;
    case 'invitationIssued': {
      const { organisationId, groupIds, sponsorId, expiresAt, secretHash } = event.value;
      return secretHash === '' ? undefined : { organisationId, groupIds: groupIds.join(','), sponsorId, expiresAt: time(expiresAt) };
    }
    case 'invitationAccepted':
      return { groupIds: event.value.groupIds.join(',') };
    case 'invitationRevoked':
      return {};
    case 'organisationRegistered': {
      const { host, sponsorId, expiresAt, domains } = event.value;
      return { host: String(host), sponsorId, expiresAt: time(expiresAt), domains: domains.join(',') };
    }
    case 'organisationChanged':
    case 'networkSettingsChanged':
      return { attributes: said(event.value) };
    case 'organisationSuspended':
    case 'organisationReactivated':
    case 'organisationEnded':
      return {};
    default:
      return event satisfies never;
  }
};

const audits = (stream: string): boolean => stream.startsWith('person/') || stream.startsWith('organisation/');

const apply = (decoded: DecodedEvent, rows: RowSet): void => {
  if (!decoded.event || !audits(decoded.stream)) return;
  const details = detailsOf(decoded.event as Audited);
  if (!details) return;
  const shown = Object.fromEntries(Object.entries(details).filter(([, text]) => text !== ''));
  const { lane, position, type, stream: subject, actor } = decoded;
  const id = eventIdOf(decoded);
  rows.put<AuditRow>('entries', id, { id, atMs: decoded.at.getTime(), lane, position, actor, type, subject, details: shown });
};

export const auditProjection: Projection = {
  schema: auditSchema,
  source: 'identity',
  personal: 'sealed',
  keys: () => [],
  apply,
};
