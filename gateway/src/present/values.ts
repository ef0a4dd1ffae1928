/** Protos have no null: an empty text or id means none. */
export const orNull = (text: string): string | null => (text === '' ? null : text);
export const timeOrNull = (date: Date | undefined): string | null => date?.toISOString() ?? null;
export const dateOf = (time: string | null | undefined): Date | undefined => (time == null ? undefined : new Date(time));
