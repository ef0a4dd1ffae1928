/** Limits of what people write; lengths are counted in code points. */
export const TITLE_LIMIT = 200;
export const BODY_LIMIT = 50_000;
export const COMMENT_LIMIT = 10_000;
/** Reasons of moderators and of reports, notes of resolutions. */
export const REASON_LIMIT = 1_000;
export const MENTIONS_LIMIT = 50;
export const HASHTAGS_LIMIT = 30;
export const ATTACHMENTS_LIMIT = 10;
/** Levels of comments below a post; a deeper reply hangs on the last level. */
export const REPLY_DEPTH_LIMIT = 8;
