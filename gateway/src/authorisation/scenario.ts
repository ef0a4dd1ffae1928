/** The people and things of the authorisation matrix, and what a row says of them. */
import type { Method } from '../http/operation.ts';

/**
 * The group is restricted and admits partners; all but anonymous are people of the network:
 * `member`, `moderator`, `owner` and `partner` are members of the group; `employee` is not; `banned` is an employee banned
 * from it; `partnerElsewhere` is in another group only; `suspended` and `expiredPartner` were members;
 * `administrator` and `networkModerator` hold that role and are not members.
 */
export const VIEWERS = [
  'anonymous',
  'employee',
  'member',
  'moderator',
  'owner',
  'partner',
  'partnerElsewhere',
  'banned',
  'suspended',
  'expiredPartner',
  'administrator',
  'networkModerator',
] as const;
export type Viewer = (typeof VIEWERS)[number];
export type PersonViewer = Exclude<Viewer, 'anonymous'>;

/**
 * `allow`: any 2xx. `settled`: the viewer may, and a rule of the domain may answer 409 instead.
 * A number: exactly this status.
 */
export type Outcome = 'allow' | 'settled' | 401 | 403 | 404;
export type Cells = Readonly<Record<Viewer, Outcome>>;

/** Things a request uses up: made anew for each cell. What is written is written by `member`, in the group. */
export type Fresh =
  | 'post'
  | 'comment'
  /** A comment on a question of `member`. */
  | 'answer'
  /** An announcement of `owner` that asks to be acknowledged. */
  | 'announcement'
  /** A report by `partner` on a fresh post. */
  | 'report'
  /** A person newly registered. */
  | 'employee'
  /** A partner company without people. */
  | 'organisation'
  /** Of a partner, by `owner`, open. */
  | 'invitation'
  /** People with that standing in the group. */
  | 'groupMember'
  | 'groupRequester'
  | 'groupInvited'
  | 'groupBanned'
  /** A group like the group, with the same people in the same standings. */
  | 'group';

export interface Scenario {
  readonly groupId: string;
  /** Hidden, with the same people in the same standings; admits partners. */
  readonly hiddenGroupId: string;
  /** Open, with the same people in the same standings; admits partners. */
  readonly openGroupId: string;
  /** Posts of `member`, without open reports, one in each group. */
  readonly postId: string;
  readonly hiddenPostId: string;
  readonly openPostId: string;
  /** A comment of `member` on `postId`. */
  readonly commentId: string;
  /** A file attached to `postId`. */
  readonly fileId: string;
  /** The partner company of `partner`; `partnerElsewhere` is of another. */
  readonly organisationId: string;
  /** Of `member`; in the inboxes of others there is no such entry, and marking it changes nothing. */
  readonly notificationId: string;
  /** Of an invitation that stays open. */
  readonly invitationSecret: string;
  /** Names a mail's unsubscribe link of `member`. */
  readonly unsubscribeToken: string;
  personId(viewer: PersonViewer): string;
  fresh(what: Fresh): Promise<string>;
}

export interface MatrixRequest {
  readonly method: Method;
  /** Under /api/v1, with its query. */
  readonly path: string;
  readonly body?: unknown;
  /** One file part of a multipart body, instead of `body`. */
  readonly file?: { readonly name: string; readonly content: string };
}

export interface Row {
  readonly operationId: string;
  /** Which thing is asked for, where an operation has several rows. */
  readonly target: string;
  request(scenario: Scenario, viewer: Viewer): MatrixRequest | Promise<MatrixRequest>;
  readonly expected: Cells;
}
