import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  commandIdFor,
  commentStream,
  derivedId,
  eventIdOf,
  groupOfComment,
  groupOfPost,
  groupStream,
  idsOfStream,
  isSimpleId,
  memberStream,
  personStream,
  policyCommandId,
  postOfComment,
  postStream,
  randomId,
  reactionStream,
} from './ids.ts';

describe('ids', () => {
  it('are 26 characters of base32, and no two alike', () => {
    const made = Array.from({ length: 1_000 }, randomId);
    expect(new Set(made).size).toBe(1_000);
    for (const id of made) expect(id).toMatch(/^[a-z2-7]{26}$/);
  });

  // Computed outside this code base: base32(HMAC-SHA-256('parvis/id/v1', 'command\npost\n0')[:16]).
  it('derives the id of what a command creates, for ever', () => {
    expect(derivedId('command', 'post')).toBe('gmt5qojdo2xbormpd3ficqbbze');
    const others = [derivedId('command', 'post', 1), derivedId('command', 'file'), derivedId('other', 'post')];
    expect(new Set([...others, derivedId('command', 'post')]).size).toBe(4);
  });

  it('makes a command id of the caller, the operation and the key, for ever', () => {
    expect(commandIdFor('anna', 'create', 'key')).toBe('jAk930RQrwqBN9uv4WbQln5PJKYVi81nNNN95CScwSk');
  });

  it('gives two different commands two ids, wherever the border between their parts lies', () => {
    const triple = fc.tuple(fc.string(), fc.string(), fc.string());
    fc.assert(
      fc.property(triple, triple, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        return commandIdFor(...one) !== commandIdFor(...other);
      }),
    );
    expect(commandIdFor('ab', 'c', 'd')).not.toBe(commandIdFor('a', 'bc', 'd'));
    expect(commandIdFor('a', 'b', 'cd')).not.toBe(commandIdFor('a', 'bc', 'd'));
  });

  it('names events and what policies do because of them', () => {
    expect(policyCommandId(eventIdOf({ epoch: 'e', lane: 3, position: 42 }), 'welcome')).toBe('e-3-42/welcome');
  });

  it('lead to streams without a view', () => {
    expect(groupStream('g')).toBe('group/g');
    expect(personStream('p')).toBe('person/p');
    expect(memberStream('g', 'p')).toBe('group/g/member/p');
    expect(postStream('g.s')).toBe('group/g/post/s');
    expect(commentStream('g.s.c')).toBe('group/g/post/s/comment/c');
    expect(reactionStream('g.s', 'p')).toBe('group/g/post/s/reaction/p');
    expect(reactionStream('g.s.c', 'p')).toBe('group/g/post/s/comment/c/reaction/p');
    expect([groupOfPost('g.s'), postOfComment('g.s.c'), groupOfComment('g.s.c')]).toEqual(['g', 'g.s', 'g']);
  });

  it.each(['', 'G', 'a/b', 'a b', 'é', 'a.b', '../x', 'a1', 'a'.repeat(41)])('refuse %j as the id of a group', (id) => {
    expect(isSimpleId(id)).toBe(false);
    expect(() => groupStream(id)).toThrow(
      expect.objectContaining({ kind: 'invalid', fields: [{ field: 'groupId', expected: 'the id of a group' }] }),
    );
  });

  it.each(['g', 'g.s.c.d', 'g..c', '.s.c', 'g/x.s', 'g.s.C'])('refuse %j as the id of a comment', (id) => {
    expect(() => commentStream(id)).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });

  it.each([
    ['group/g/post/s/comment/c/reaction/p', { groupId: 'g', postId: 'g.s', commentId: 'g.s.c', personId: 'p' }],
    ['group/g/member/p', { groupId: 'g', personId: 'p' }],
    ['group/g/post/s/acknowledgement/p', { groupId: 'g', postId: 'g.s', personId: 'p' }],
    ['group/g/report/r', { groupId: 'g', reportId: 'g.r' }],
    ['person/p/invitation/i', { personId: 'p', invitationId: 'p.i' }],
    ['person/p/preferences', { personId: 'p' }],
    ['organisation/o', { organisationId: 'o' }],
  ])('come back from the stream %s', (stream, ids) => {
    expect(idsOfStream(stream)).toEqual(ids);
  });
});
