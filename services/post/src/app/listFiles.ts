/** Files of a group, latest first. */
import type { File, ListFilesRequest, ListFilesResponse } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import type { IndexKey, RangeEntry } from '@parvis/kit/ports/views.ts';
import { commentStream, postStream } from '@parvis/kit/runtime/ids.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import type { ItemFilesRow } from '../views/filesProjection.ts';
import type { PostRow } from '../views/postsProjection.ts';
import { mustReadGroup } from './access.ts';
import { cursorOf, FILES_PAGE, limitOf, placeOfCursor } from './pages.ts';
import type { PostApp } from './postApp.ts';
import { openItems } from './sealedTexts.ts';

const CHUNK = 100;

type Entry = RangeEntry<ItemFilesRow>;

/** Files of a comment stay while its post is a tombstone, and go out of sight with a hidden one. */
const inSight = async (app: PostApp, entries: readonly Entry[]): Promise<Entry[]> => {
  const ids = entries.map(({ row }) => row.postId);
  const posts = await app.runtime.view('posts').getMany<PostRow>('posts', ids);
  return entries.filter(({ row }, nth) => {
    const state = posts[nth]?.state;
    return state === 'visible' || (state === 'deleted' && row.commentId !== '');
  });
};

const filesFrom = async (app: PostApp, groupId: string, from: IndexKey | undefined, limit: number): Promise<Entry[]> => {
  const found: Entry[] = [];
  for (let after = from; found.length <= limit; ) {
    const options = { prefix: [groupId], reverse: true, limit: CHUNK, ...(after === undefined ? {} : { after }) };
    const entries = await app.runtime.view('files').range<ItemFilesRow>('items', 'group', options);
    found.push(...(await inSight(app, entries)));
    if (entries.length < CHUNK) break;
    after = entries.at(-1)?.indexKey;
  }
  return found;
};

/** The index key ends with the file's place in its item. */
const present = async (app: PostApp, entries: readonly Entry[]): Promise<File[]> => {
  const picked = entries.flatMap(({ row, indexKey }) => {
    const file = row.files[Number(indexKey.at(-1))];
    return file ? [{ row, file }] : [];
  });
  const items = picked.map(({ row, file }) => ({
    stream: row.commentId === '' ? postStream(row.postId) : commentStream(row.commentId),
    title: '',
    body: '',
    files: [file],
  }));
  const opened = await openItems(app.runtime, items);
  return picked.flatMap(({ row }, nth) =>
    (opened[nth]?.attachments ?? []).map(({ fileId, name, mediaType, sizeBytes }) => ({
      ...{ id: fileId, name, mediaType, sizeBytes },
      ...{ postId: row.postId, commentId: row.commentId, authorId: row.authorId, at: new Date(row.atMs) },
    })),
  );
};

export const listFiles = async (app: PostApp, entered: Entered, request: ListFilesRequest): Promise<ListFilesResponse> => {
  const { groupId, cursor } = request;
  await mustReadGroup(app.runtime, entered, groupId);
  const limit = limitOf(request.limit, FILES_PAGE);
  const list = `files ${groupId}`;
  const entries = await filesFrom(app, groupId, placeOfCursor<IndexKey>(app.runtime, list, cursor), limit);
  const shown = entries.slice(0, limit);
  const last = entries.length > limit ? shown.at(-1) : undefined;
  return { files: await present(app, shown), nextCursor: last ? cursorOf(app.runtime, list, last.indexKey) : '' };
};
