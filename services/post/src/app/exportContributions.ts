/** Everything a person contributed, as one JSON document, written piece by piece. */
import { PostKind, ReactionKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { isErased } from '@parvis/kit/eventing/decodedEvent.ts';
import type { IndexKey, RangeEntry } from '@parvis/kit/ports/views.ts';
import { commentStream, groupStream, postStream } from '@parvis/kit/runtime/ids.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import type { CommentRow } from '../views/commentsProjection.ts';
import type { PostRow } from '../views/postsProjection.ts';
import type { ReportRow } from '../views/reportsProjection.ts';
import type { AcknowledgementRow, ReactionRow } from '../views/responsesProjection.ts';
import type { PostApp } from './postApp.ts';
import { openItems } from './sealedTexts.ts';

const CHUNK = 200;

interface Section {
  readonly name: string;
  readonly view: string;
  readonly collection: string;
  readonly index: string;
  // biome-ignore lint/suspicious/noExplicitAny: each section has rows of its own
  present(app: PostApp, rows: readonly any[]): Promise<object[]>;
}

const nameIn = (kinds: Readonly<Record<string, number>>, kind: number): string =>
  (Object.keys(kinds).find((name) => kinds[name] === kind) ?? 'unknown').toLowerCase();
const time = (ms: number): string => new Date(ms).toISOString();

const presentPosts = async (app: PostApp, rows: readonly PostRow[]): Promise<object[]> => {
  const opened = await openItems(
    app.runtime,
    rows.map(({ postId, title, body, files }) => ({ stream: postStream(postId), title, body, files })),
  );
  return rows.map(({ postId, groupId, kind, publishedAtMs, editedAtMs, state }, nth) => ({
    ...{ id: postId, groupId, kind: nameIn(PostKind, kind), publishedAt: time(publishedAtMs) },
    ...(editedAtMs === 0 ? {} : { editedAt: time(editedAtMs) }),
    ...{ state, title: opened[nth]?.title, body: opened[nth]?.body, attachments: opened[nth]?.attachments },
  }));
};

const presentComments = async (app: PostApp, rows: readonly CommentRow[]): Promise<object[]> => {
  const opened = await openItems(
    app.runtime,
    rows.map(({ commentId, body, files }) => ({ stream: commentStream(commentId), title: '', body, files })),
  );
  return rows.map(({ commentId, postId, parentId, publishedAtMs, editedAtMs, state }, nth) => ({
    ...{ id: commentId, postId, parentId, publishedAt: time(publishedAtMs) },
    ...(editedAtMs === 0 ? {} : { editedAt: time(editedAtMs) }),
    ...{ state, body: opened[nth]?.body, attachments: opened[nth]?.attachments },
  }));
};

const presentReports = async (app: PostApp, rows: readonly ReportRow[]): Promise<object[]> => {
  const reasons = await app.runtime.codec.openTexts(
    rows.map(({ reportId, groupId, reason }) => ({
      stream: `${groupStream(groupId)}/report/${reportId.split('.')[1]}`,
      field: 'reason',
      text: reason,
    })),
  );
  return rows.map(({ reportId, postId, commentId, atMs, state }, nth) => {
    const reason = reasons[nth] ?? '';
    return { id: reportId, postId, commentId, at: time(atMs), state, reason: isErased(reason) ? '' : reason };
  });
};

const SECTIONS: readonly Section[] = [
  { name: 'posts', view: 'posts', collection: 'posts', index: 'author', present: presentPosts },
  { name: 'comments', view: 'comments', collection: 'comments', index: 'author', present: presentComments },
  {
    ...{ name: 'reactions', view: 'responses', collection: 'reactions', index: 'person' },
    present: async (_app, rows: readonly ReactionRow[]) =>
      rows.map(({ itemId, kind, atMs }) => ({ itemId, kind: nameIn(ReactionKind, kind), at: time(atMs) })),
  },
  {
    ...{ name: 'acknowledgements', view: 'responses', collection: 'acknowledgements', index: 'person' },
    present: async (_app, rows: readonly AcknowledgementRow[]) => rows.map(({ postId, atMs }) => ({ postId, at: time(atMs) })),
  },
  { name: 'reports', view: 'reports', collection: 'reports', index: 'reporter', present: presentReports },
];

/** Elements of a JSON list, with the commas between them. */
async function* elementsOf(app: PostApp, personId: string, section: Section): AsyncGenerator<string> {
  const view = app.runtime.view(section.view);
  let separator = '';
  for (let after: IndexKey | undefined; ; ) {
    const options = { prefix: [personId], limit: CHUNK, ...(after === undefined ? {} : { after }) };
    const entries: RangeEntry<object>[] = await view.range(section.collection, section.index, options);
    for (const element of await section.present(
      app,
      entries.map(({ row }) => row),
    )) {
      yield `${separator}${JSON.stringify(element)}`;
      separator = ',\n';
    }
    if (entries.length < CHUNK) return;
    after = entries.at(-1)?.indexKey;
  }
}

/** UTF-8 pieces of the document; what was deleted is not in it. Works for whoever may still enter, in or out of the groups. */
export async function* exportContributions(app: PostApp, { personId, nowMs }: Entered): AsyncGenerator<Buffer> {
  yield Buffer.from(`{"personId":${JSON.stringify(personId)},"exportedAt":"${time(nowMs)}"`);
  for (const section of SECTIONS) {
    yield Buffer.from(`,\n"${section.name}":[`);
    for await (const element of elementsOf(app, personId, section)) yield Buffer.from(element);
    yield Buffer.from(']');
  }
  yield Buffer.from('}\n');
}
