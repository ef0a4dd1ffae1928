import { describe, expect, it } from '@jest/globals';
import type { GroupPrivacy, MemberRole, MembershipState, PersonKind } from '@parvis/access/src/facts.ts';
import type { Reason } from '../views/entryRow.ts';
import type { ItemRow } from '../views/postInboxView.ts';
import type { Entry } from './entry.ts';
import { permitted, type Reader, type Standing, stillStands, wished } from './visibility.ts';
import { wishesOf } from './wishes.ts';

const NOW = Date.UTC(2026, 0, 1);
const entryOf = (reason: Reason, over: Partial<Entry> = {}): Entry => ({
  source: 'post',
  reason,
  groupId: 'g',
  postId: 'g.p',
  commentId: '',
  actorId: 'ada',
  atMs: NOW,
  lane: 1,
  position: 1,
  ...over,
});
const reader = (kind: PersonKind, status: 'active' | 'suspended' = 'active'): Reader => ({
  personId: 'ben',
  nowMs: NOW,
  viewer: {
    kind: 'person',
    person: { id: 'ben', kind, status, roles: ['member'], organisationId: 'o', sponsorId: '' },
    organisation: { id: 'o', host: kind === 'employee', state: 'active', sponsorId: '' },
    sponsor: undefined,
  },
});
const standing = (privacy: GroupPrivacy, state: MembershipState, role: MemberRole = 'member', sinceMs = NOW): Standing => ({
  group: { id: 'g', privacy, admitsPartners: true, archived: false },
  membership: { groupId: 'g', personId: 'ben', state, role, invitedUntilMs: NOW + 1 },
  sinceMs,
});

const SAID: Reason[] = ['mention', 'reply', 'answer_accepted', 'comment'];
const WIDE: Reason[] = ['announcement', 'question', 'post', 'taken_over'];
const ALL: Reason[] = [...SAID, ...WIDE, 'request', 'approved', 'declined', 'invited', 'role', 'removed'];

const seen = (who: Reader, where: Standing, fresh = true): Reason[] =>
  ALL.filter((reason) => permitted(who, entryOf(reason), where, fresh));

describe('entries a person may see', () => {
  const card: Reason[] = ['approved', 'declined', 'role', 'removed'];

  it.each<[string, Reader, Standing, Reason[]]>([
    ['an employee outside an open group', reader('employee'), standing('open', 'none'), [...SAID, ...card]],
    ['an employee outside a restricted group', reader('employee'), standing('restricted', 'none'), card],
    ['an employee outside a hidden group', reader('employee'), standing('hidden', 'none'), ['removed']],
    [
      'an employee invited to a hidden group',
      reader('employee'),
      standing('hidden', 'invited'),
      ['approved', 'declined', 'invited', 'role', 'removed'],
    ],
    ['a banned employee', reader('employee'), standing('open', 'banned'), card],
    ['a member', reader('employee'), standing('hidden', 'member'), [...SAID, ...WIDE, ...card]],
    ['a moderator', reader('employee'), standing('hidden', 'member', 'moderator'), [...SAID, ...WIDE, 'request', ...card]],
    ['a partner outside an open group', reader('partner'), standing('open', 'none'), ['removed']],
    ['a partner in the group', reader('partner'), standing('open', 'member'), [...SAID, ...WIDE, ...card]],
    ['a suspended member', reader('employee', 'suspended'), standing('open', 'member'), []],
  ])('%s', (_, who, where, expected) => {
    expect(seen(who, where).sort()).toEqual([...expected].sort());
  });

  it('are none while facts lag behind, but those of an open group for an employee', () => {
    expect(seen(reader('partner'), standing('open', 'member'), false)).toEqual([]);
    expect(seen(reader('employee'), standing('restricted', 'member'), false)).toEqual([]);
    expect(seen(reader('employee'), standing('open', 'none'), false)).toEqual([...SAID, 'approved', 'declined', 'role', 'removed']);
  });

  it('begin with the membership, for what is told to all', () => {
    expect(seen(reader('employee'), standing('open', 'member', 'member', NOW + 1))).not.toContain('announcement');
    expect(seen(reader('employee'), { ...standing('open', 'member'), sinceMs: undefined })).not.toContain('announcement');
  });

  it('name no group that may not be known of any more', () => {
    const entry = permitted(reader('employee'), entryOf('removed'), standing('hidden', 'none'), true);
    expect(entry).toMatchObject({ reason: 'removed', groupId: '', actorId: '' });
  });

  it('of a group nobody knows are none', () => {
    expect(seen(reader('employee'), { group: undefined, membership: undefined })).toEqual([]);
  });

  it('of an invitation end with it', () => {
    const late = { ...reader('employee'), nowMs: NOW + 1 };
    expect(permitted(late, entryOf('invited'), standing('open', 'invited'), true)).toBeUndefined();
  });
});

describe('entries that still stand', () => {
  const item = (over: Partial<ItemRow> = {}): ItemRow => ({
    id: 'g.p',
    postId: 'g.p',
    groupId: 'g',
    authorId: 'ada',
    kind: 1,
    state: 'visible',
    mentions: [],
    atMs: NOW,
    lane: 1,
    position: 1,
    textPosition: 1,
    acceptedCommentId: '',
    imported: false,
    ...over,
  });
  const comment = entryOf('comment', { commentId: 'g.p.c' });

  it.each(['hidden', 'deleted'] as const)('do not when post or comment is %s', (state) => {
    expect(stillStands(comment, { post: item(), comment: item() })).toBe(true);
    expect(stillStands(comment, { post: item({ state }), comment: item() })).toBe(false);
    expect(stillStands(comment, { post: item(), comment: item({ state }) })).toBe(false);
    expect(stillStands(comment, { post: undefined, comment: undefined })).toBe(false);
  });

  it('for an answer only while it is the accepted one', () => {
    const answer = entryOf('answer_accepted', { commentId: 'g.p.c' });
    expect(stillStands(answer, { post: item({ acceptedCommentId: 'g.p.c' }), comment: item() })).toBe(true);
    expect(stillStands(answer, { post: item({ acceptedCommentId: 'g.p.d' }), comment: item() })).toBe(false);
  });
});

it('nobody is told of what they did themselves', () => {
  for (const reason of ALL) expect(wished(wishesOf(undefined), 'ada', entryOf(reason))).toBe(false);
});
