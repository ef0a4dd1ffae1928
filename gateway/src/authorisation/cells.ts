/** Patterns of cells: whom most rows have in common. */
import type { Cells, MatrixRequest, Outcome, Row, Scenario, Viewer } from './scenario.ts';

/** Whoever has no access gets none, whatever is asked for. */
const CLOSED = { anonymous: 401, suspended: 403, expiredPartner: 403 } as const;

type Active = Exclude<Viewer, keyof typeof CLOSED>;

const ACTIVE: readonly Active[] = [
  'employee',
  'member',
  'moderator',
  'owner',
  'partner',
  'partnerElsewhere',
  'banned',
  'administrator',
  'networkModerator',
];

/** One outcome for everybody with access, and those who differ. */
export const most = (outcome: Outcome, others: Partial<Record<Active, Outcome>> = {}): Cells => ({
  ...CLOSED,
  ...(Object.fromEntries(ACTIVE.map((viewer) => [viewer, outcome])) as Record<Active, Outcome>),
  ...others,
});

/** Anonymous callers too; what they send is checked like everybody's. */
export const anyone: Cells = { ...most('allow'), anonymous: 'allow', suspended: 'allow', expiredPartner: 'allow' };

export const everyone = most('allow');
/** The list of people and the like: employees only. */
export const employees = most('allow', { partner: 403, partnerElsewhere: 403 });
export const administrators = most(403, { administrator: 'allow' });

const INSIDE = { member: 'allow', moderator: 'allow', owner: 'allow', partner: 'allow' } as const;

/** What is written in the group: to all others it is not there. */
export const insiders = most(404, INSIDE);
/** The group's name is known to employees; its inside is refused to them. */
export const insidersOfKnown = most(403, { ...INSIDE, partnerElsewhere: 404 });
/** In an open group every employee reads, unless banned. */
export const readersOfOpen = most('allow', { partnerElsewhere: 404, banned: 404 });
export const moderatorsOfGroup = most(403, { moderator: 'allow', owner: 'allow', partnerElsewhere: 404 });
export const ownersOfGroup = most(403, { owner: 'allow', partnerElsewhere: 404 });
export const moderatorsOfContent = most(404, { member: 403, partner: 403, moderator: 'allow', owner: 'allow' });
/** `member` wrote it. */
export const authors = most(404, { member: 'allow', partner: 403, moderator: 403, owner: 403 });
export const authorsAndModerators = most(404, { member: 'allow', partner: 403, moderator: 'allow', owner: 'allow' });

type Build = (scenario: Scenario, viewer: Viewer) => MatrixRequest | Promise<MatrixRequest>;

export const row = (operationId: string, target: string, expected: Cells, request: Build): Row => ({
  operationId,
  target,
  request,
  expected,
});

export const get = (path: string): MatrixRequest => ({ method: 'GET', path });
export const post = (path: string, body?: unknown): MatrixRequest => ({ method: 'POST', path, body });
export const put = (path: string, body?: unknown): MatrixRequest => ({ method: 'PUT', path, body });
export const patch = (path: string, body: unknown): MatrixRequest => ({ method: 'PATCH', path, body });
export const del = (path: string): MatrixRequest => ({ method: 'DELETE', path });
