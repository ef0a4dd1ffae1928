/** People, organisations, invitations, settings, audit, reports and health of the network. */
import { administrators, del, employees, everyone, get, most, patch, post, put, row } from './cells.ts';
import type { Row } from './scenario.ts';

/** `member` is seen by whoever shares the group; to a partner elsewhere nobody of it is there. */
const onMember = most(403, { administrator: 'allow', partnerElsewhere: 404 });
/** Someone whom only employees see. */
const onEmployee = most(403, { administrator: 'allow', partner: 404, partnerElsewhere: 404 });
/** Partners know their own company only. */
const onOrganisation = most(403, { administrator: 'allow', partner: 404, partnerElsewhere: 404 });
const REASON = { reason: 'because' };
/** Beyond the year 2100: nobody's access ends by these rows. */
const LATER = '2101-01-01T00:00:00Z';

const peopleRows: readonly Row[] = [
  row('listPeople', 'the directory', employees, () => get('/people')),
  row('getPerson', 'a member of the group', most('allow', { partnerElsewhere: 404 }), (scenario) =>
    get(`/people/${scenario.personId('member')}`),
  ),
  row('getPerson', 'an employee outside', most('allow', { partner: 404, partnerElsewhere: 404 }), (scenario) =>
    get(`/people/${scenario.personId('employee')}`),
  ),
  row('registerPerson', 'a new employee', administrators, async (scenario, viewer) => {
    const name = `new.${viewer.toLowerCase()}.${await uniqueOf(scenario)}`;
    return post('/people', { email: `${name}@host.example`, profile: { givenName: 'New', familyName: 'Person' } });
  }),
  row('changePerson', 'a member of the group', { ...onMember, member: 'allow' }, (scenario) =>
    patch(`/people/${scenario.personId('member')}`, { about: 'changed' }),
  ),
  row('changeHandle', 'someone else', onEmployee, async (scenario) =>
    put(`/people/${await scenario.fresh('employee')}/handle`, { handle: `h${await uniqueOf(scenario)}` }),
  ),
  row('changeEmail', 'someone else', onEmployee, async (scenario) =>
    put(`/people/${await scenario.fresh('employee')}/email`, { email: `e${await uniqueOf(scenario)}@host.example` }),
  ),
  row('changeRoles', 'someone else', onEmployee, async (scenario) =>
    put(`/people/${await scenario.fresh('employee')}/roles`, { roles: ['moderator'] }),
  ),
  row('suspendPerson', 'someone else', onEmployee, async (scenario) =>
    put(`/people/${await scenario.fresh('employee')}/suspension`, REASON),
  ),
  row('reactivatePerson', 'someone else', { ...onEmployee, administrator: 'settled' }, async (scenario) =>
    del(`/people/${await scenario.fresh('employee')}/suspension`),
  ),
  row('erasePerson', 'someone else', onEmployee, async (scenario) =>
    post(`/people/${await scenario.fresh('employee')}/erasure`, { contributions: false }),
  ),
  row('changeSponsor', 'a partner of the group', onMember, (scenario) =>
    put(`/people/${scenario.personId('partner')}/sponsor`, { sponsorId: scenario.personId('owner') }),
  ),
  row('changeExpiry', 'a partner of the group', onMember, (scenario) =>
    put(`/people/${scenario.personId('partner')}/expiry`, { expiresAt: LATER }),
  ),
  row('unlinkAccount', 'someone else', { ...onEmployee, administrator: 'settled' }, async (scenario) =>
    del(`/people/${await scenario.fresh('employee')}/accounts?issuer=https%3A%2F%2Fid.example&subject=x`),
  ),
];

/** Part of an id that was just made: unique, and without meaning. */
const uniqueOf = async ({ fresh }: { fresh(what: 'employee'): Promise<string> }): Promise<string> => (await fresh('employee')).slice(0, 12);

const organisationRows: readonly Row[] = [
  row('listOrganisations', 'all', employees, () => get('/organisations')),
  row('getOrganisation', 'a partner company', most('allow', { partnerElsewhere: 404 }), ({ organisationId }) =>
    get(`/organisations/${organisationId}`),
  ),
  row('registerOrganisation', 'a new one', administrators, (scenario) =>
    post('/organisations', { name: 'New partner', sponsorId: scenario.personId('owner') }),
  ),
  row('changeOrganisation', 'a partner company', onOrganisation, async ({ fresh }) =>
    patch(`/organisations/${await fresh('organisation')}`, { name: 'Another name' }),
  ),
  row('suspendOrganisation', 'a partner company', onOrganisation, async ({ fresh }) =>
    put(`/organisations/${await fresh('organisation')}/suspension`, REASON),
  ),
  row('reactivateOrganisation', 'a partner company', { ...onOrganisation, administrator: 'settled' }, async ({ fresh }) =>
    del(`/organisations/${await fresh('organisation')}/suspension`),
  ),
  row('endOrganisation', 'a partner company', onOrganisation, async ({ fresh }) =>
    post(`/organisations/${await fresh('organisation')}/end`, REASON),
  ),
];

const invitationRows: readonly Row[] = [
  row('listInvitations', 'those I sponsor', employees, () => get('/invitations')),
  row('invitePartner', 'into the group', most(403, { owner: 'allow' }), async (scenario) =>
    post('/invitations', {
      email: `i${await uniqueOf(scenario)}@partner.example`,
      givenName: 'Paula',
      familyName: 'Partner',
      organisationId: scenario.organisationId,
      groupIds: [scenario.groupId],
    }),
  ),
  row('revokeInvitation', 'of the owner', most(404, { owner: 'allow', administrator: 'allow' }), async ({ fresh }) =>
    del(`/invitations/${await fresh('invitation')}`),
  ),
];

export const networkRows: readonly Row[] = [
  ...peopleRows,
  ...organisationRows,
  ...invitationRows,
  row('getSettings', 'the network', everyone, () => get('/settings')),
  row('changeSettings', 'the network', administrators, () => patch('/settings', { primaryColour: '#123456' })),
  row('listAudit', 'all', administrators, () => get('/audit')),
  row('getHealth', 'all', administrators, () => get('/health')),
  row('releaseParked', 'a view', administrators, () => post('/health/parked/release', { service: 'post', view: 'posts' })),
  row('listReports', 'those I may resolve', everyone, () => get('/reports')),
  row(
    'resolveReport',
    'a report of the group',
    most(404, { moderator: 'allow', owner: 'allow', administrator: 'allow', networkModerator: 'allow' }),
    async ({ fresh }) => post(`/reports/${await fresh('report')}/resolution`, { outcome: 'kept' }),
  ),
];
