import { describe, expect, it } from '@jest/globals';
import { PostKind, ReactionKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { acknowledgementDecider } from './acknowledgement.ts';
import type { Actor } from './actor.ts';
import { type CommentCommand, type CommentState, type CommentText, commentDecider } from './comment.ts';
import { ATTACHMENTS_LIMIT } from './limits.ts';
import { type PostState, postDecider } from './post.ts';
import { reactionDecider } from './reaction.ts';
import { outcomeOf, type ReportCommand, type ReportState, reportDecider } from './report.ts';

const author: Actor = { personId: 'ada', role: 'member', groupArchived: false };
const reader: Actor = { personId: 'bob', role: 'member', groupArchived: false };
const passerBy: Actor = { personId: 'eve', role: 'none', groupArchived: false };
const moderator: Actor = { personId: 'mod', role: 'moderator', groupArchived: false };
const archived = (actor: Actor): Actor => ({ ...actor, groupArchived: true });

const post: PostState = { ...postDecider.initial, visibility: 'visible', authorId: 'own', kind: PostKind.ANNOUNCEMENT };
const file = (fileId: string) => ({ fileId, name: 'n', mediaType: 'image/png', sizeBytes: 1 });
const text = (more: Partial<CommentText> = {}): CommentText => ({ body: 'B', mentions: [], attachments: [], language: '', ...more });
const add = (actor: Actor, more: Partial<CommentText> = {}, on: PostState = post): CommentCommand => ({
  kind: 'add',
  actor,
  post: on,
  place: { parentId: '', parentAuthorId: '' },
  text: text(more),
});

const given = (...commands: CommentCommand[]): CommentState =>
  commands.reduce((state, command) => commentDecider.decide(state, command).reduce(commentDecider.evolve, state), commentDecider.initial);
const outcome = (decide: () => unknown): string => {
  try {
    decide();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'accepted';
};
const refused = (state: CommentState, command: CommentCommand): string => outcome(() => commentDecider.decide(state, command));

describe('a comment', () => {
  it('names the authors it answers, so that readers need no join', () => {
    const place = { parentId: 'G.P.C', parentAuthorId: 'bob' };
    const [event] = commentDecider.decide(commentDecider.initial, { kind: 'add', actor: author, post, place, text: text() });
    expect(event).toMatchObject({ $case: 'commentAdded', value: { authorId: 'ada', postAuthorId: 'own', ...place } });
  });

  it('is written by members, on a post that takes comments, and says something', () => {
    const none = commentDecider.initial;
    expect(refused(none, add(author))).toBe('accepted');
    expect(refused(none, add(passerBy))).toBe('group.not-a-member');
    expect(refused(none, add(archived(author)))).toBe('group.archived');
    expect(refused(none, add(author, {}, { ...post, closed: true }))).toBe('post.closed');
    expect(refused(none, add(author, { body: '' }))).toBe('invalid');
    expect(refused(none, add(author, { body: '', attachments: [file('f')] }))).toBe('accepted');
    const files = Array.from({ length: ATTACHMENTS_LIMIT + 1 }, (_, nth) => file(`f${nth}`));
    expect(refused(none, add(author, { attachments: files }))).toBe('invalid');
    expect(refused(given(add(author)), add(author))).toBe('comment.exists');
  });

  const commands = (actor: Actor): CommentCommand[] => [
    { kind: 'edit', actor, text: text({ body: 'other' }) },
    { kind: 'delete', actor, reason: 'r' },
    { kind: 'hide', actor, reason: 'r' },
    { kind: 'restore', actor },
  ];
  const outcomes = (state: CommentState, actor: Actor): string[] => commands(actor).map((command) => refused(state, command));

  it('is changed by its author, and taken away by moderators too', () => {
    const only = 'group.moderators-only';
    const visible = given(add(author));
    expect(outcomes(visible, author)).toEqual(['accepted', 'accepted', only, only]);
    expect(outcomes(visible, reader)).toEqual(['comment.not-the-author', only, only, only]);
    expect(outcomes(visible, moderator)).toEqual(['comment.not-the-author', 'accepted', 'accepted', 'accepted']);
    expect(outcomes(visible, archived(author))).toEqual(['group.archived', 'accepted', only, only]);
    const hidden = given(add(author), { kind: 'hide', actor: moderator, reason: 'r' });
    expect(outcomes(hidden, author)).toEqual(['comment.hidden', 'accepted', only, only]);
    expect(outcomes(hidden, reader)).toEqual(Array(4).fill('not-found'));
    expect(outcomes(hidden, moderator)).toEqual(['comment.hidden', 'accepted', 'accepted', 'accepted']);
    const deleted = given(add(author), { kind: 'delete', actor: author, reason: '' });
    expect(outcomes(deleted, author)).toEqual(['not-found', 'accepted', 'not-found', 'not-found']);
    expect(outcomes(deleted, reader)).toEqual(Array(4).fill('not-found'));
  });

  it('says nothing twice, and owes a reason for what is done to others', () => {
    const visible = given(add(author));
    expect(commentDecider.decide(visible, { kind: 'edit', actor: author, text: text() })).toEqual([]);
    expect(commentDecider.decide(visible, { kind: 'restore', actor: moderator })).toEqual([]);
    expect(refused(visible, { kind: 'delete', actor: moderator, reason: '' })).toBe('invalid');
    expect(refused(visible, { kind: 'hide', actor: moderator, reason: '' })).toBe('invalid');
  });
});

describe('a reaction', () => {
  const decide = (kind: ReactionKind, wanted: ReactionKind, actor = reader) => reactionDecider.decide({ kind }, { actor, kind: wanted });
  it('is set, changed and removed, and nothing is said twice', () => {
    expect(decide(0, ReactionKind.LIKE)).toEqual([{ $case: 'reactionSet', value: { personId: 'bob', kind: ReactionKind.LIKE } }]);
    expect(decide(ReactionKind.LIKE, ReactionKind.LIKE)).toEqual([]);
    expect(decide(ReactionKind.LIKE, ReactionKind.SAD)).toHaveLength(1);
    expect(decide(ReactionKind.LIKE, 0)).toEqual([{ $case: 'reactionRemoved', value: { personId: 'bob' } }]);
    expect(decide(0, 0)).toEqual([]);
  });
  it('is of a known kind, by a member', () => {
    expect(outcome(() => decide(0, 42 as ReactionKind))).toBe('invalid');
    expect(outcome(() => decide(0, ReactionKind.UNRECOGNIZED))).toBe('invalid');
    expect(outcome(() => decide(0, ReactionKind.LIKE, passerBy))).toBe('group.not-a-member');
    expect(outcome(() => decide(0, ReactionKind.LIKE, archived(reader)))).toBe('group.archived');
  });
});

describe('an acknowledgement', () => {
  it('is given once, where it is asked', () => {
    const asked = { ...post, acknowledgementAsked: true };
    expect(acknowledgementDecider.decide({ given: false }, { actor: reader, post: asked })).toHaveLength(1);
    expect(acknowledgementDecider.decide({ given: true }, { actor: reader, post: asked })).toEqual([]);
    expect(outcome(() => acknowledgementDecider.decide({ given: false }, { actor: reader, post }))).toBe('post.no-acknowledgement-asked');
    expect(outcome(() => acknowledgementDecider.decide({ given: false }, { actor: passerBy, post: asked }))).toBe('group.not-a-member');
  });
});

describe('a report', () => {
  const report: ReportCommand = { kind: 'report', reporterId: 'bob', postId: 'G.P', commentId: '', reason: 'rude' };
  const resolve: ReportCommand = { kind: 'resolve', by: 'mod', outcome: 'kept', note: '' };
  const after = (...commands: ReportCommand[]): ReportState =>
    commands.reduce((state, command) => reportDecider.decide(state, command).reduce(reportDecider.evolve, state), reportDecider.initial);
  const refusedReport = (state: ReportState, command: ReportCommand): string => outcome(() => reportDecider.decide(state, command));

  it('is opened once and resolved once', () => {
    expect(after(report)).toEqual({ state: 'open', postId: 'G.P', commentId: '' });
    expect(refusedReport(after(report), report)).toBe('report.exists');
    expect(refusedReport(reportDecider.initial, resolve)).toBe('not-found');
    expect(after(report, resolve).state).toBe('resolved');
    expect(refusedReport(after(report, resolve), resolve)).toBe('report.resolved');
    expect(refusedReport(reportDecider.initial, { ...report, reason: '' } as ReportCommand)).toBe('invalid');
  });

  it('ends in a known outcome', () => {
    expect(outcomeOf('hidden')).toBe('hidden');
    expect(outcome(() => outcomeOf('burnt'))).toBe('invalid');
  });
});
