/** Groups and their members. */
import { del, everyone, get, insiders, insidersOfKnown, moderatorsOfGroup, most, ownersOfGroup, patch, post, put, row } from './cells.ts';
import type { Row } from './scenario.ts';

const known = most('allow', { partnerElsewhere: 404 });
/** Their own standing: whoever knows of the group may; most have nothing to take back. */
const own = most('settled', { partnerElsewhere: 404 });
const REASON = { reason: 'because nobody answers' };

const settingsRows: readonly Row[] = [
  row('listGroups', 'mine', everyone, () => get('/groups')),
  row('listGroups', 'all I may know of', everyone, () => get('/groups?scope=all')),
  row('getGroup', 'a restricted group', known, ({ groupId }) => get(`/groups/${groupId}`)),
  row('getGroup', 'a hidden group', insiders, ({ hiddenGroupId }) => get(`/groups/${hiddenGroupId}`)),
  row('getGroup', 'an open group', known, ({ openGroupId }) => get(`/groups/${openGroupId}`)),
  row('createGroup', 'a new group', most('allow', { partner: 403, partnerElsewhere: 403 }), () =>
    post('/groups', { name: 'A new group', privacy: 'hidden' }),
  ),
  row('changeGroup', 'a restricted group', ownersOfGroup, ({ groupId }) => patch(`/groups/${groupId}`, { purpose: 'changed' })),
  row('changeGroup', 'a hidden group', most(404, { member: 403, moderator: 403, partner: 403, owner: 'allow' }), ({ hiddenGroupId }) =>
    patch(`/groups/${hiddenGroupId}`, { purpose: 'changed' }),
  ),
  row('changePrivacy', 'a group like it', ownersOfGroup, async ({ fresh }) =>
    put(`/groups/${await fresh('group')}/privacy`, { privacy: 'hidden' }),
  ),
  row('getOpening', 'a restricted group', most(404, { member: 'allow', moderator: 'allow', owner: 'allow', partner: 403 }), ({ groupId }) =>
    get(`/groups/${groupId}/opening`),
  ),
  row('archiveGroup', 'a group like it', ownersOfGroup, async ({ fresh }) => put(`/groups/${await fresh('group')}/archive`)),
  row('reopenGroup', 'a group like it', { ...ownersOfGroup, owner: 'settled' }, async ({ fresh }) =>
    del(`/groups/${await fresh('group')}/archive`),
  ),
  row('takeOverGroup', 'a group like it', most(403, { administrator: 'allow', partnerElsewhere: 404 }), async ({ fresh }) =>
    post(`/groups/${await fresh('group')}/take-over`, REASON),
  ),
  row('getAudience', 'a restricted group', insidersOfKnown, ({ groupId }) => get(`/groups/${groupId}/audience`)),
  row('getAudience', 'a hidden group', insiders, ({ hiddenGroupId }) => get(`/groups/${hiddenGroupId}/audience`)),
];

const memberRows: readonly Row[] = [
  row('listMembers', 'a restricted group', insidersOfKnown, ({ groupId }) => get(`/groups/${groupId}/members`)),
  row('listMembers', 'a hidden group', insiders, ({ hiddenGroupId }) => get(`/groups/${hiddenGroupId}/members`)),
  row('listMembers', 'requests', moderatorsOfGroup, ({ groupId }) => get(`/groups/${groupId}/members?state=requested`)),
  row(
    'joinGroup',
    'a group like it',
    { ...own, employee: 'allow', administrator: 'allow', networkModerator: 'allow', banned: 403 },
    async ({ fresh }) => post(`/groups/${await fresh('group')}/members`, { message: 'Please' }),
  ),
  row(
    'joinGroup',
    'a hidden group',
    most(404, { member: 'settled', moderator: 'settled', owner: 'settled', partner: 'settled' }),
    ({ hiddenGroupId }) => post(`/groups/${hiddenGroupId}/members`),
  ),
  row('leaveGroup', 'a group like it', { ...own, member: 'allow', moderator: 'allow', partner: 'allow' }, async ({ fresh }) =>
    del(`/groups/${await fresh('group')}/members/me`),
  ),
  row('withdrawRequest', 'none', own, ({ groupId }) => del(`/groups/${groupId}/requests/me`)),
  row('declineGroupInvitation', 'none', own, ({ groupId }) => del(`/groups/${groupId}/invitations/me`)),
  row('changeMemberRole', 'a member', ownersOfGroup, async ({ groupId, fresh }) =>
    put(`/groups/${groupId}/members/${await fresh('groupMember')}`, { role: 'moderator' }),
  ),
  row('removeMember', 'a member', moderatorsOfGroup, async ({ groupId, fresh }) =>
    del(`/groups/${groupId}/members/${await fresh('groupMember')}`),
  ),
  row('decideRequest', 'a request', moderatorsOfGroup, async ({ groupId, fresh }) =>
    put(`/groups/${groupId}/requests/${await fresh('groupRequester')}`, { decision: 'approved' }),
  ),
  row('inviteMember', 'an employee', { ...moderatorsOfGroup, partner: 404 }, async ({ groupId, fresh }) =>
    post(`/groups/${groupId}/invitations`, { personId: await fresh('employee') }),
  ),
  row('revokeGroupInvitation', 'an invitation', moderatorsOfGroup, async ({ groupId, fresh }) =>
    del(`/groups/${groupId}/invitations/${await fresh('groupInvited')}`),
  ),
  row('banMember', 'a member', moderatorsOfGroup, async ({ groupId, fresh }) =>
    put(`/groups/${groupId}/bans/${await fresh('groupMember')}`, REASON),
  ),
  row('unbanMember', 'someone banned', moderatorsOfGroup, async ({ groupId, fresh }) =>
    del(`/groups/${groupId}/bans/${await fresh('groupBanned')}`),
  ),
];

export const groupRows: readonly Row[] = [...settingsRows, ...memberRows];
