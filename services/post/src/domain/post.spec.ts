import { describe, expect, it } from '@jest/globals';
import { PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { Actor } from './actor.ts';
import { ATTACHMENTS_LIMIT, BODY_LIMIT, COMMENT_LIMIT, REASON_LIMIT, TITLE_LIMIT } from './limits.ts';
import { type PostCommand, type PostFact, type PostState, type PostText, postDecider } from './post.ts';
import { bodyOf, commentOf, neededReasonOf, reasonOf, titleOf } from './text.ts';

const author: Actor = { personId: 'ada', role: 'member', groupArchived: false };
const reader: Actor = { personId: 'bob', role: 'member', groupArchived: false };
const passerBy: Actor = { personId: 'eve', role: 'none', groupArchived: false };
const moderator: Actor = { personId: 'mod', role: 'moderator', groupArchived: false };
const owner: Actor = { personId: 'own', role: 'owner', groupArchived: false };
const archived = (actor: Actor): Actor => ({ ...actor, groupArchived: true });

const text = (more: Partial<PostText> = {}): PostText => ({
  title: 'T',
  body: 'B',
  mentions: [],
  attachments: [],
  language: 'en',
  ...more,
});
const file = (fileId: string) => ({ fileId, name: 'n', mediaType: 'image/png', sizeBytes: 1 });
const publish = (
  actor: Actor,
  postKind: PostKind = PostKind.DISCUSSION,
  more: Partial<PostText> = {},
  acknowledgementAsked = false,
): PostCommand => ({
  kind: 'publish',
  actor,
  postKind,
  text: text(more),
  acknowledgementAsked,
});

const given = (...commands: PostCommand[]): PostState =>
  commands.reduce((state, command) => postDecider.decide(state, command).reduce(postDecider.evolve, state), postDecider.initial);
const events = (state: PostState, command: PostCommand): PostFact['$case'][] =>
  postDecider.decide(state, command).map(({ $case }) => $case);
const refused = (state: PostState, command: PostCommand): string => {
  try {
    postDecider.decide(state, command);
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'accepted';
};

describe('who may publish what', () => {
  const cases: [string, PostCommand, string][] = [
    ['a member, a discussion', publish(author), 'accepted'],
    ['a member, a question', publish(author, PostKind.QUESTION), 'accepted'],
    ['a member, an announcement', publish(author, PostKind.ANNOUNCEMENT), 'post.announcements-by-moderators'],
    ['a moderator, an announcement', publish(moderator, PostKind.ANNOUNCEMENT, {}, true), 'accepted'],
    ['an owner, an announcement', publish(owner, PostKind.ANNOUNCEMENT), 'accepted'],
    ['somebody who only reads', publish(passerBy), 'group.not-a-member'],
    ['in an archive', publish(archived(owner)), 'group.archived'],
    ['a kind not offered yet', publish(owner, PostKind.POLL), 'invalid'],
    ['no kind', publish(owner, PostKind.UNSPECIFIED), 'invalid'],
    ['a question without a title', publish(author, PostKind.QUESTION, { title: '' }), 'invalid'],
    ['a question without a body', publish(author, PostKind.QUESTION, { body: '' }), 'accepted'],
    ['an announcement without a body', publish(owner, PostKind.ANNOUNCEMENT, { body: '', attachments: [file('f')] }), 'invalid'],
    ['a discussion without a title', publish(author, PostKind.DISCUSSION, { title: '' }), 'accepted'],
    ['a discussion of files alone', publish(author, PostKind.DISCUSSION, { title: '', body: '', attachments: [file('f')] }), 'accepted'],
    ['a discussion of nothing', publish(author, PostKind.DISCUSSION, { body: '' }), 'invalid'],
    ['a discussion to acknowledge', publish(author, PostKind.DISCUSSION, {}, true), 'invalid'],
  ];
  it.each(cases)('%s', (_name, command, outcome) => {
    expect(refused(postDecider.initial, command)).toBe(outcome);
  });

  it('publishes once', () => {
    expect(refused(given(publish(author)), publish(author))).toBe('post.exists');
  });

  it('holds the number of files', () => {
    const attachments = Array.from({ length: ATTACHMENTS_LIMIT + 1 }, (_, nth) => file(`f${nth}`));
    expect(refused(postDecider.initial, publish(author, PostKind.DISCUSSION, { attachments: attachments.slice(1) }))).toBe('accepted');
    expect(refused(postDecider.initial, publish(author, PostKind.DISCUSSION, { attachments }))).toBe('invalid');
  });
});

describe('who may change what', () => {
  const published = given(publish(author, PostKind.QUESTION));
  const hidden = given(publish(author, PostKind.QUESTION), { kind: 'hide', actor: moderator, reason: 'r' });
  const deleted = given(publish(author, PostKind.QUESTION), { kind: 'delete', actor: author, reason: '' });
  const commands = (actor: Actor): PostCommand[] => [
    { kind: 'edit', actor, text: text({ body: 'other' }) },
    { kind: 'delete', actor, reason: 'r' },
    { kind: 'hide', actor, reason: 'r' },
    { kind: 'restore', actor },
    { kind: 'close', actor },
    { kind: 'reopen', actor },
    { kind: 'accept', actor, commentId: 'c' },
    { kind: 'unaccept', actor },
  ];
  const outcomes = (state: PostState, actor: Actor): string[] => commands(actor).map((command) => refused(state, command));
  const ok = 'accepted';
  const only = 'group.moderators-only';

  it('a visible post', () => {
    expect(outcomes(published, author)).toEqual([ok, ok, only, only, ok, ok, ok, ok]);
    expect(outcomes(published, reader)).toEqual(['post.not-the-author', only, only, only, only, only, only, only]);
    expect(outcomes(published, moderator)).toEqual(['post.not-the-author', ok, ok, ok, ok, ok, ok, ok]);
    const not = 'group.not-a-member';
    expect(outcomes(published, passerBy)).toEqual([not, only, only, only, not, not, not, not]);
  });

  it('a visible post in an archive', () => {
    const no = 'group.archived';
    expect(outcomes(published, archived(author))).toEqual([no, ok, only, only, no, no, no, no]);
    expect(outcomes(published, archived(owner))).toEqual([no, ok, ok, ok, no, no, no, no]);
  });

  it('a hidden post', () => {
    const no = 'post.hidden';
    expect(outcomes(hidden, author)).toEqual([no, ok, only, only, no, no, no, no]);
    expect(outcomes(hidden, reader)).toEqual(Array(8).fill('not-found'));
    expect(outcomes(hidden, owner)).toEqual([no, ok, ok, ok, no, no, no, no]);
  });

  it('a deleted post', () => {
    const gone = ['not-found', ok, ...Array(6).fill('not-found')];
    expect(outcomes(deleted, author)).toEqual(gone);
    expect(outcomes(deleted, moderator)).toEqual(gone);
    expect(outcomes(deleted, reader)).toEqual(Array(8).fill('not-found'));
    expect(outcomes(postDecider.initial, owner)).toEqual(Array(8).fill('not-found'));
  });

  it('says nothing twice', () => {
    expect(events(published, { kind: 'edit', actor: author, text: text() })).toEqual([]);
    expect(events(deleted, { kind: 'delete', actor: author, reason: '' })).toEqual([]);
    expect(events(hidden, { kind: 'hide', actor: owner, reason: 'r' })).toEqual([]);
    expect(events(published, { kind: 'restore', actor: owner })).toEqual([]);
    expect(events(published, { kind: 'reopen', actor: author })).toEqual([]);
    expect(events(published, { kind: 'unaccept', actor: author })).toEqual([]);
    const accepted = given(publish(author, PostKind.QUESTION), { kind: 'accept', actor: author, commentId: 'c' });
    expect(events(accepted, { kind: 'accept', actor: owner, commentId: 'c' })).toEqual([]);
    expect(events(accepted, { kind: 'commentGone', actor: reader, commentId: 'd' })).toEqual([]);
    expect(events(accepted, { kind: 'commentGone', actor: reader, commentId: 'c' })).toEqual(['answerUnaccepted']);
  });

  it('edits when only the files change, or their order', () => {
    const state = given(publish(author, PostKind.DISCUSSION, { attachments: [file('a'), file('b')] }));
    const edit = (...ids: string[]): PostCommand => ({ kind: 'edit', actor: author, text: text({ attachments: ids.map(file) }) });
    expect(events(state, edit('a', 'b'))).toEqual([]);
    expect(events(state, edit('b', 'a'))).toEqual(['postEdited']);
    expect(events(state, edit('a'))).toEqual(['postEdited']);
  });

  it('owes a reason for what is done to others', () => {
    for (const kind of ['delete', 'hide'] as const) {
      expect(refused(published, { kind, actor: moderator, reason: ' ' })).toBe('invalid');
    }
    expect(refused(published, { kind: 'delete', actor: author, reason: '' })).toBe('accepted');
  });

  it('accepts answers to questions only', () => {
    expect(refused(given(publish(author)), { kind: 'accept', actor: author, commentId: 'c' })).toBe('post.not-a-question');
  });
});

describe('texts', () => {
  it('are normalised', () => {
    expect(bodyOf('  e\u0301te\u0301\r\n\tline  ')).toBe('été\n\tline');
    expect(titleOf(' T ')).toBe('T');
  });

  it('hold their limits, counted in code points', () => {
    const limits = [
      [titleOf, TITLE_LIMIT],
      [bodyOf, BODY_LIMIT],
      [commentOf, COMMENT_LIMIT],
      [reasonOf, REASON_LIMIT],
    ] as const;
    for (const [read, limit] of limits) {
      expect(read('🎉'.repeat(limit))).toHaveLength(2 * limit);
      expect(() => read('🎉'.repeat(limit + 1))).toThrow(`at most ${limit} characters`);
    }
  });

  it('refuse what only hides something', () => {
    for (const bad of ['\u0000', '\u0007', '\u001b[31m', '\u0085', '\u007f'])
      expect(() => bodyOf(`a${bad}b`)).toThrow('control characters');
    expect(() => titleOf('two\nlines')).toThrow('control characters');
    expect(() => bodyOf('\ud800')).toThrow('well-formed');
    expect(() => neededReasonOf('  ')).toThrow('reason');
  });
});
