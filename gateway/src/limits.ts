/** Every limit of the edge, by name. Sizes in bytes, times in milliseconds. A test stands at each. */

export const JSON_BODY_LIMIT_BYTES = 1_000_000;
export const UPLOAD_LIMIT_BYTES = 25 * 1024 * 1024;
/** Bytes of an upload handed to the post service in one message. */
export const UPLOAD_CHUNK_BYTES = 64 * 1024;
export const HEADERS_TIMEOUT_MS = 10_000;
/** A whole request, uploads included, must have come by then. */
export const REQUEST_TIMEOUT_MS = 120_000;
export const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** After stop() was asked, requests under way have this long. */
export const DRAIN_TIMEOUT_MS = 10_000;
export const MAX_HEADER_BYTES = 32 * 1024;

export const PAGE_LIMIT_DEFAULT = 20;
export const PAGE_LIMIT_MAX = 100;
export const CURSOR_LIMIT = 2_000;
export const QUERY_TEXT_LIMIT = 200;
/** Ids hydrated by one call to a service. */
export const HYDRATE_BATCH = 200;

/** Partner companies of an audience told by name. */
export const ORGANISATIONS_NAMED = 50;

export const READ_TIMEOUT_MS = 10_000;
export const WRITE_TIMEOUT_MS = 15_000;
export const TRANSFER_TIMEOUT_MS = 120_000;
/** A secondary part of an answer (cards, group names) is waited for this long, then the answer goes without it. */
export const SECONDARY_TIMEOUT_MS = 2_000;
export const PROBE_TIMEOUT_MS = 2_000;

/** Read-your-writes tokens: how many a request may carry, how long each may be, how long the gateway remembers them. */
export const TOKENS_MAX = 16;
export const TOKEN_LIMIT = 2_000;
export const TOKEN_MEMORY_MS = 10_000;
export const TOKEN_MEMORY_PRINCIPALS = 20_000;
export const IDEMPOTENCY_KEY_LIMIT = 200;

export const SESSION_IDLE_MS = 12 * 3_600_000;
export const SESSION_ABSOLUTE_MS = 7 * 24 * 3_600_000;
/** A session's last use is written at most this often. */
export const SESSION_TOUCH_MS = 60_000;
/** Access tokens with less than this left are refreshed before use. */
export const REFRESH_AHEAD_MS = 30_000;
export const SESSION_SWEEP_MS = 600_000;
export const LOGIN_FLOW_MS = 10 * 60_000;
/** Between opening an invitation and choosing the password. */
export const CHOOSE_PASSWORD_MS = 3_600_000;
export const USER_AGENT_LIMIT = 200;
export const LOGOUT_TOKEN_LIMIT = 8_000;
/** A logout token older than this is refused, and its id is remembered this long against replays. */
export const LOGOUT_TOKEN_AGE_MS = 120_000;
export const LOGOUT_TOKENS_REMEMBERED = 10_000;
/** Principals of bearer tokens known to be linked to a person. */
export const KNOWN_PRINCIPALS = 20_000;

export const LIVE_STREAMS_PER_PERSON = 10;
export const LIVE_STREAMS_TOTAL = 10_000;
export const LIVE_HEARTBEAT_MS = 20_000;
/** The service behind the live stream says within this whether it lets a caller in. */
export const LIVE_ADMISSION_MS = 5_000;
/** What a reader of the live stream may leave unread before it is ended. */
export const LIVE_BUFFER_BYTES = 256 * 1024;
/** How long a full socket may stay full. */
export const LIVE_DRAIN_MS = 10_000;

export const DEMO_MAILS_SHOWN = 200;
