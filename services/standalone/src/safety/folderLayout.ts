/** What of a data folder is copied by backup and migrate, and what is built anew: views, the search index, sessions, sent mail. */
import { LOG_SERVICES, SERVICES } from '../stores.ts';

/** Parts that hold state no log can rebuild, as paths inside the data folder. */
export const STATE_FILES: readonly string[] = SERVICES.map((service) => `${service}/state.db`);
/** What names people or opens what names them: kept apart, for as long as an erasure may take to reach backups. */
export const KEY_FILES = ['keys/keys.db', 'accounts/state.db'] as const;
export const BLOBS = 'blobs';

/** Logs in the order a backup cuts them: whoever refers comes before what it refers to. */
export const CUT_ORDER = LOG_SERVICES;

/** Where a restore builds the folder before it takes its name. */
export const restoringFolderOf = (dataFolder: string): string => `${withoutSlash(dataFolder)}.restoring`;
/** Says what the folder was restored from, and what is still to be done at the next start. */
export const RESTORED_FILE = 'restored.json';

const withoutSlash = (folder: string): string => folder.replace(/\/+$/, '');
