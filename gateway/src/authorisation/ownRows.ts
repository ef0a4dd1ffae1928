/** What belongs to the caller, and what anyone may have. */
import { anyone, del, everyone, get, insiders, most, patch, post, put, readersOfOpen, row } from './cells.ts';
import type { Row } from './scenario.ts';

export const ownRows: readonly Row[] = [
  row('getOpenApi', 'the document', anyone, () => get('/openapi.json')),
  row('getBranding', 'the network', anyone, () => get('/branding')),
  row('previewInvitation', 'an open invitation', anyone, ({ invitationSecret }) =>
    post('/invitations/preview', { secret: invitationSecret }),
  ),
  row('unsubscribe', 'the token of a mail', anyone, ({ unsubscribeToken }) => post('/unsubscribe', { token: unsubscribeToken })),
  row('getMe', 'me', everyone, () => get('/me')),
  row('changeMe', 'me', everyone, () => patch('/me', { about: 'changed' })),
  row('exportMe', 'me', everyone, () => get('/me/export')),
  row('listSessions', 'my sessions', everyone, () => get('/me/sessions')),
  row('endSession', 'an unknown session', most(404), () => del(`/me/sessions/${'0'.repeat(64)}`)),
  row('getFeed', 'my feed', everyone, () => get('/feed')),
  row('search', 'what I may read', everyone, () => get('/search?q=word')),
  row('suggest', 'what I may read', everyone, () => get('/search/suggest?q=wo')),
  row('listNotifications', 'my inbox', everyone, () => get('/notifications')),
  row('markRead', 'an entry of an inbox', everyone, ({ notificationId }) =>
    post('/notifications/read', { notificationIds: [notificationId] }),
  ),
  row('markRead', 'the posts of the group', insiders, ({ groupId, postId }) => post('/notifications/read', { groupId, postId })),
  row('getUnread', 'my counts', everyone, () => get('/unread')),
  row('getPreferences', 'my preferences', everyone, () => get('/me/preferences')),
  row('setMailCadence', 'my preferences', everyone, () =>
    put('/me/preferences/mail', { cadence: 'off', digestHour: 8, timeZone: 'Europe/Paris' }),
  ),
  row('setGroupLevel', 'a group I may know of', most('allow', { partnerElsewhere: 404 }), ({ groupId }) =>
    put(`/me/preferences/groups/${groupId}`, { level: 'all' }),
  ),
  row('setGroupLevel', 'a hidden group', insiders, ({ hiddenGroupId }) => put(`/me/preferences/groups/${hiddenGroupId}`, { level: 'all' })),
  row('setThreadFollow', 'a thread of the group', insiders, ({ postId }) => put(`/me/preferences/threads/${postId}`, { following: true })),
  row('setThreadFollow', 'a thread of an open group', readersOfOpen, ({ openPostId }) =>
    put(`/me/preferences/threads/${openPostId}`, { following: true }),
  ),
  row('live', 'what I may read', everyone, () => get('/live')),
  row('uploadFile', 'a file of mine', everyone, () => ({
    method: 'POST',
    path: '/files',
    file: { name: 'note.txt', content: 'a note' },
  })),
];
