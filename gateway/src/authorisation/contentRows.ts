/** Posts, comments, reactions and files: what is written in a group. */
import {
  authors,
  authorsAndModerators,
  del,
  get,
  insiders,
  moderatorsOfContent,
  most,
  patch,
  post,
  put,
  readersOfOpen,
  row,
} from './cells.ts';
import type { Row } from './scenario.ts';

const TEXT = { body: 'Some text' };
const REASON = { reason: 'because' };
/** Employees read an open group without being members, and write there as members only. */
const writersOfOpen = most(403, {
  member: 'allow',
  moderator: 'allow',
  owner: 'allow',
  partner: 'allow',
  partnerElsewhere: 404,
  banned: 404,
});
/** The asker, and whoever moderates the group. */
const answerDeciders = authorsAndModerators;

const postRows: readonly Row[] = [
  row('listGroupPosts', 'a restricted group', insiders, ({ groupId }) => get(`/groups/${groupId}/posts`)),
  row('listGroupPosts', 'a hidden group', insiders, ({ hiddenGroupId }) => get(`/groups/${hiddenGroupId}/posts`)),
  row('listGroupPosts', 'an open group', readersOfOpen, ({ openGroupId }) => get(`/groups/${openGroupId}/posts`)),
  row('publishPost', 'a restricted group', insiders, ({ groupId }) => post(`/groups/${groupId}/posts`, TEXT)),
  row('publishPost', 'an open group', writersOfOpen, ({ openGroupId }) => post(`/groups/${openGroupId}/posts`, TEXT)),
  row('publishPost', 'an announcement', moderatorsOfContent, ({ groupId }) =>
    post(`/groups/${groupId}/posts`, { ...TEXT, kind: 'announcement', title: 'Listen' }),
  ),
  row('getPost', 'a restricted group', insiders, ({ postId }) => get(`/posts/${postId}`)),
  row('getPost', 'a hidden group', insiders, ({ hiddenPostId }) => get(`/posts/${hiddenPostId}`)),
  row('getPost', 'an open group', readersOfOpen, ({ openPostId }) => get(`/posts/${openPostId}`)),
  row('editPost', 'a post', authors, async ({ fresh }) => patch(`/posts/${await fresh('post')}`, TEXT)),
  row('deletePost', 'a post', authorsAndModerators, async ({ fresh }) => del(`/posts/${await fresh('post')}?reason=because`)),
  row('hidePost', 'a post', moderatorsOfContent, async ({ fresh }) => put(`/posts/${await fresh('post')}/hidden`, REASON)),
  row('restorePost', 'a post', { ...moderatorsOfContent, moderator: 'settled', owner: 'settled' }, async ({ fresh }) =>
    del(`/posts/${await fresh('post')}/hidden`),
  ),
  row('closePost', 'a post', authorsAndModerators, async ({ fresh }) => put(`/posts/${await fresh('post')}/closed`)),
  row('reopenPost', 'a post', { ...authorsAndModerators, member: 'settled', moderator: 'settled', owner: 'settled' }, async ({ fresh }) =>
    del(`/posts/${await fresh('post')}/closed`),
  ),
  row('acceptAnswer', 'a question', answerDeciders, async ({ fresh }) => {
    const commentId = await fresh('answer');
    return put(`/posts/${questionOf(commentId)}/accepted-answer`, { commentId });
  }),
  row('unacceptAnswer', 'a question', { ...answerDeciders, member: 'settled', moderator: 'settled', owner: 'settled' }, async ({ fresh }) =>
    del(`/posts/${questionOf(await fresh('answer'))}/accepted-answer`),
  ),
  row('acknowledgePost', 'an announcement', insiders, async ({ fresh }) =>
    put(`/posts/${await fresh('announcement')}/acknowledgements/mine`),
  ),
  row('listAcknowledgements', 'an announcement', moderatorsOfContent, async ({ fresh }) =>
    get(`/posts/${await fresh('announcement')}/acknowledgements`),
  ),
  row('listPostRevisions', 'a post', insiders, ({ postId }) => get(`/posts/${postId}/revisions`)),
  row('reportPost', 'a post', insiders, async ({ fresh }) => post(`/posts/${await fresh('post')}/reports`, REASON)),
];

const questionOf = (commentId: string): string => commentId.split('.').slice(0, 2).join('.');

const commentRows: readonly Row[] = [
  row('listComments', 'a post', insiders, ({ postId }) => get(`/posts/${postId}/comments`)),
  row('listComments', 'a post of a hidden group', insiders, ({ hiddenPostId }) => get(`/posts/${hiddenPostId}/comments`)),
  row('addComment', 'a post', insiders, ({ postId }) => post(`/posts/${postId}/comments`, TEXT)),
  row('addComment', 'a post of an open group', writersOfOpen, ({ openPostId }) => post(`/posts/${openPostId}/comments`, TEXT)),
  row('getComment', 'a comment', insiders, ({ commentId }) => get(`/comments/${commentId}`)),
  row('editComment', 'a comment', authors, async ({ fresh }) => patch(`/comments/${await fresh('comment')}`, TEXT)),
  row('deleteComment', 'a comment', authorsAndModerators, async ({ fresh }) => del(`/comments/${await fresh('comment')}?reason=because`)),
  row('hideComment', 'a comment', moderatorsOfContent, async ({ fresh }) => put(`/comments/${await fresh('comment')}/hidden`, REASON)),
  row('restoreComment', 'a comment', { ...moderatorsOfContent, moderator: 'settled', owner: 'settled' }, async ({ fresh }) =>
    del(`/comments/${await fresh('comment')}/hidden`),
  ),
  row('listCommentRevisions', 'a comment', insiders, ({ commentId }) => get(`/comments/${commentId}/revisions`)),
  row('reportComment', 'a comment', insiders, async ({ fresh }) => post(`/comments/${await fresh('comment')}/reports`, REASON)),
];

const reactionRows: readonly Row[] = [
  row('listPostReactions', 'a post', insiders, ({ postId }) => get(`/posts/${postId}/reactions`)),
  row('reactToPost', 'a post', insiders, ({ postId }) => put(`/posts/${postId}/reactions/mine`, { kind: 'like' })),
  row('unreactToPost', 'a post', insiders, ({ postId }) => del(`/posts/${postId}/reactions/mine`)),
  row('listCommentReactions', 'a comment', insiders, ({ commentId }) => get(`/comments/${commentId}/reactions`)),
  row('reactToComment', 'a comment', insiders, ({ commentId }) => put(`/comments/${commentId}/reactions/mine`, { kind: 'like' })),
  row('unreactToComment', 'a comment', insiders, ({ commentId }) => del(`/comments/${commentId}/reactions/mine`)),
];

export const contentRows: readonly Row[] = [
  ...postRows,
  ...commentRows,
  ...reactionRows,
  row('downloadFile', 'a file of a post', insiders, ({ fileId }) => get(`/files/${fileId}`)),
  row('listGroupFiles', 'a restricted group', insiders, ({ groupId }) => get(`/groups/${groupId}/files`)),
  row('listGroupFiles', 'a hidden group', insiders, ({ hiddenGroupId }) => get(`/groups/${hiddenGroupId}/files`)),
];
