import { describe, expect, it } from '@jest/globals';
import {
  CommentAdded,
  CommentEdited,
  type CommentEvent,
  PostEdited,
  type PostEvent,
  PostKind,
  PostPublished,
} from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import { commentStream, postStream } from '@parvis/kit/runtime/ids.ts';
import fc from 'fast-check';
import type { EntryRow } from './entryRow.ts';
import { postInboxProjection } from './postInboxProjection.ts';
import { type ItemRow, THREAD_PARTICIPANTS, type ThreadRow } from './postInboxView.ts';

type Event = NonNullable<PostEvent['event']> | NonNullable<CommentEvent['event']>;

/** Rows of a projection in memory; `get` refuses what keys() did not name, as the product does. */
const createRows = () => {
  const rows = new Map<string, object>();
  let position = 0;
  const apply = (stream: string, event: Event): void => {
    position += 1;
    const decoded = { source: 'post', lane: 3, position, stream, event, at: new Date(1000 * position) } as unknown as DecodedEvent;
    const named = new Set(postInboxProjection.keys(decoded).map(({ collection, key }) => `${collection}/${key}`));
    postInboxProjection.apply(decoded, {
      get: <R>(collection: string, key: string) => {
        if (!named.has(`${collection}/${key}`)) throw new Error(`${collection}/${key} was not named`);
        return rows.get(`${collection}/${key}`) as R | undefined;
      },
      put: (collection, key, row) => {
        named.add(`${collection}/${key}`);
        rows.set(`${collection}/${key}`, row);
      },
      delete: (collection, key) => void rows.delete(`${collection}/${key}`),
    });
  };
  const all = <R>(collection: string): R[] => [...rows].filter(([key]) => key.startsWith(`${collection}/`)).map(([, row]) => row as R);
  return { apply, all };
};

const publish = (postId: string, authorId: string, mentions: string[] = []) =>
  [
    postStream(postId),
    { $case: 'postPublished', value: PostPublished.fromPartial({ authorId, kind: PostKind.QUESTION, mentions }) },
  ] as const;
const say = (commentId: string, authorId: string, over: Partial<CommentAdded> = {}) =>
  [commentStream(commentId), { $case: 'commentAdded', value: CommentAdded.fromPartial({ authorId, ...over }) }] as const;

describe('participants of a thread', () => {
  it('are told of each comment, at most the latest of them, once each', () => {
    const { apply, all } = createRows();
    apply(...publish('g.p', 'author'));
    const people = Array.from(
      { length: THREAD_PARTICIPANTS + 5 },
      (_, nth) => `p${'abcdefghijklmnopqrstuvwxyz'[nth % 26]}${'abcdefghij'[Math.floor(nth / 26)]}`,
    );
    people.forEach((personId, nth) => {
      apply(
        ...say(`g.p.c${'abcdefghijklmnopqrstuvwxyz'[nth % 26]}${'abcdefghij'[Math.floor(nth / 26)]}`, personId, { postAuthorId: 'author' }),
      );
    });
    expect(all<ThreadRow>('threads')[0]?.participants).toEqual(people.slice(-THREAD_PARTICIPANTS));
    const lastId = all<ItemRow>('items').at(-1)?.id;
    const last = all<EntryRow>('entries').filter(({ commentId }) => commentId === lastId);
    expect(last.map(({ personId }) => personId).sort()).toEqual(['author', ...people.slice(-THREAD_PARTICIPANTS - 1, -1)].sort());
  });
});

describe('random histories', () => {
  const people = ['ada', 'ben', 'cleo', 'dan'];
  const person = fc.constantFrom(...people);
  const step = fc.record({
    kind: fc.constantFrom('publish', 'comment', 'reply', 'edit', 'editComment', 'accept', 'hide', 'delete'),
    who: person,
    mentions: fc.uniqueArray(person, { maxLength: 3 }),
    pick: fc.nat(20),
  });

  it("leave no orphan: each entry has its item, a reason that the history gives, and another's act as its cause", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { apply, all } = createRows();
        const posts: { id: string; author: string }[] = [];
        const comments: { id: string; post: string; author: string }[] = [];
        /** `person event-number` → why they must be told. */
        const model = new Map<string, string>();
        let position = 0;
        const happen = (stream: string, event: Event, actor: string, told: [string, readonly string[]][]): void => {
          position += 1;
          apply(stream, event);
          for (const [reason, ids] of told) {
            for (const id of ids) if (id !== actor && id !== '' && !model.has(`${id} ${position}`)) model.set(`${id} ${position}`, reason);
          }
        };
        const mentioned = new Map<string, readonly string[]>();
        const took = new Map<string, Set<string>>();
        for (const { kind, who, mentions, pick } of steps) {
          const post = posts[pick % Math.max(1, posts.length)];
          const comment = comments[pick % Math.max(1, comments.length)];
          const nth = `${'abcdefghij'[Math.floor(position / 26)]}${'abcdefghijklmnopqrstuvwxyz'[position % 26]}`;
          if (kind === 'publish') {
            const id = `g.p${nth}`;
            posts.push({ id, author: who });
            mentioned.set(id, mentions);
            happen(...publish(id, who, mentions), who, [['mention', mentions]]);
          } else if ((kind === 'comment' || kind === 'reply') && post) {
            const parent = kind === 'reply' ? comments.find((candidate) => candidate.post === post.id) : undefined;
            const id = `${post.id}.c${nth}`;
            const taking = took.get(post.id) ?? new Set();
            const value = { mentions, postAuthorId: post.author, parentId: parent?.id ?? '', parentAuthorId: parent?.author ?? '' };
            happen(...say(id, who, value), who, [
              ['mention', mentions],
              ['reply', [parent?.author ?? '']],
              ['comment', [post.author, ...taking]],
            ]);
            took.set(post.id, taking.add(who));
            mentioned.set(id, mentions);
            comments.push({ id, post: post.id, author: who });
          } else if ((kind === 'edit' && post) || (kind === 'editComment' && comment)) {
            const item = (kind === 'edit' ? post : comment) as { id: string; author: string };
            const value = { authorId: item.author, mentions };
            const event: Event =
              kind === 'edit'
                ? { $case: 'postEdited', value: PostEdited.fromPartial(value) }
                : { $case: 'commentEdited', value: CommentEdited.fromPartial(value) };
            const added = mentions.filter((id) => !mentioned.get(item.id)?.includes(id));
            happen(kind === 'edit' ? postStream(item.id) : commentStream(item.id), event, item.author, [['mention', added]]);
            mentioned.set(item.id, mentions);
          } else if (kind === 'accept' && comment) {
            const event: Event = { $case: 'answerAccepted', value: { commentId: comment.id, by: who } };
            happen(postStream(comment.post), event, who, [['answer_accepted', [comment.author]]]);
          } else if (kind === 'hide' && comment) {
            happen(commentStream(comment.id), { $case: 'commentHidden', value: { by: who, reason: '' } }, who, []);
          } else if (kind === 'delete' && post) {
            happen(postStream(post.id), { $case: 'postDeleted', value: { by: who, reason: '' } }, who, []);
          }
        }
        const items = new Map(all<ItemRow>('items').map((item) => [item.id, item]));
        const entries = all<EntryRow>('entries');
        for (const entry of entries) {
          expect(items.has(entry.postId)).toBe(true);
          expect(entry.commentId === '' || items.has(entry.commentId)).toBe(true);
          expect(entry.personId).not.toBe(entry.actorId);
        }
        const told = new Map(entries.map((entry) => [`${entry.personId} ${entry.position}`, entry.reason]));
        expect([...told].sort()).toEqual([...model].sort());
      }),
      { numRuns: process.env.PARVIS_TEST_SIZE === 'full' ? 2000 : 200 },
    );
  });
});
