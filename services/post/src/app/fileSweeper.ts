/** Sweeps uploads that nothing uses a day later, and whatever a crash left of them. */
import type { CommentRow } from '../views/commentsProjection.ts';
import type { PostRow } from '../views/postsProjection.ts';
import { postIdOf } from './access.ts';
import type { FileSlip } from './fileSlips.ts';
import type { PostApp } from './postApp.ts';

export const DRAFT_LIFE_MS = 24 * 60 * 60_000;
export const SWEEP_EVERY_MS = 15 * 60_000;
/** Uploads looked at before others get a turn. */
const SWEEP_BATCH = 200;

/** Claimed for an item that was never written: its command was refused after a crash, or never repeated. */
const isStranded = async ({ runtime }: PostApp, { purpose, state, target }: FileSlip): Promise<boolean> => {
  if (state === 'draft' || purpose !== 'attachment') return state === 'draft';
  const row =
    postIdOf(target) === undefined
      ? await runtime.view('posts').get<PostRow>('posts', target)
      : await runtime.view('comments').get<CommentRow>('comments', target);
  return row === undefined;
};

/** @returns how many files were removed. */
export const sweepDrafts = async (app: PostApp): Promise<number> => {
  const beforeMs = app.runtime.clock.now().getTime() - DRAFT_LIFE_MS;
  let removed = 0;
  for (;;) {
    const drafts = await app.slips.draftsBefore(beforeMs, SWEEP_BATCH);
    for (const draft of drafts) {
      const slip = await app.slips.get(draft.fileId);
      if (slip === undefined || (await isStranded(app, slip))) {
        await app.blobs.delete(draft.fileId);
        await app.slips.forget(draft.fileId, draft.ownerId);
        removed += 1;
      }
      await app.slips.settle(draft);
    }
    if (drafts.length < SWEEP_BATCH) return removed;
  }
};

export const createFileSweeper = (app: PostApp): { start(): Promise<void>; stop(): Promise<void> } => {
  const { clock, logger } = app.runtime;
  let cancel: (() => void) | undefined;
  let sweeping: Promise<void> = Promise.resolve();

  const sweep = async (): Promise<void> => {
    try {
      const removed = await sweepDrafts(app);
      if (removed > 0) logger.info({ removed }, 'swept unused uploads');
    } catch (error) {
      logger.warn({ err: error }, 'sweeping unused uploads failed; it is tried again');
    }
  };
  const schedule = (): void => {
    cancel = clock.after(SWEEP_EVERY_MS, () => {
      sweeping = sweep().then(() => {
        if (cancel) schedule();
      });
    });
  };
  return {
    async start() {
      schedule();
    },
    async stop() {
      cancel?.();
      cancel = undefined;
      await sweeping;
    },
  };
};
