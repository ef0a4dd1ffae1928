/** Largest message in either direction, on both ends; files travel as streams of smaller chunks. */
export const MESSAGE_LIMIT_BYTES = 4 * 1024 * 1024;
