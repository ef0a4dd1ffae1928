import { describe, expect, it } from '@jest/globals';
import { createGateway } from '../gateway.ts';
import { testPorts } from '../testing/testGateway.ts';
import { MATRIX } from './matrix.ts';
import { type Scenario, VIEWERS } from './scenario.ts';

const { operations } = createGateway(testPorts());

const scenario: Scenario = {
  groupId: 'group',
  hiddenGroupId: 'hidden',
  openGroupId: 'open',
  postId: 'group.post',
  hiddenPostId: 'hidden.post',
  openPostId: 'open.post',
  commentId: 'group.post.comment',
  fileId: 'file',
  organisationId: 'organisation',
  notificationId: 'notification',
  invitationSecret: 'aGoodSecret',
  unsubscribeToken: 'token',
  personId: (viewer) => viewer.toLowerCase(),
  fresh: async (what) => {
    const segments: Partial<Record<typeof what, string>> = {
      post: 'group.post',
      announcement: 'group.post',
      comment: 'group.post.comment',
      answer: 'group.post.comment',
      report: 'group.report',
      invitation: 'person.invitation',
    };
    return segments[what] ?? what.toLowerCase();
  },
};

describe('the authorisation matrix', () => {
  it('has a row for every operation, and no other', () => {
    expect([...new Set(MATRIX.map(({ operationId }) => operationId))].sort()).toEqual(
      operations.map(({ operationId }) => operationId).sort(),
    );
  });

  it('has one row per operation and target', () => {
    const names = MATRIX.map(({ operationId, target }) => `${operationId}: ${target}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it.each(MATRIX)('expects something of every viewer of $operationId: $target', ({ operationId, expected }) => {
    expect(Object.keys(expected).sort()).toEqual([...VIEWERS].sort());
    const open = operations.find((operation) => operation.operationId === operationId)?.auth === 'public';
    expect(expected.anonymous).toBe(open ? 'allow' : 401);
  });

  it.each(MATRIX)('makes a request of $operationId: $target that the operation takes', async ({ operationId, request }) => {
    const operation = operations.find((each) => each.operationId === operationId);
    for (const viewer of VIEWERS) {
      const made = await request(scenario, viewer);
      expect(made.method).toBe(operation?.method);
      const [path = '', query = ''] = made.path.split('?');
      const names: string[] = [];
      const pattern = (operation?.path ?? '').replace(/\{(\w+)\}/g, (_whole, name: string) => {
        names.push(name);
        return '([^/]+)';
      });
      const match = new RegExp(`^${pattern}$`).exec(path);
      expect(match).not.toBeNull();
      const params = Object.fromEntries(names.map((name, index) => [name, match?.[index + 1]]));
      if (operation?.params) expect(operation.params.safeParse(params).error?.issues ?? []).toEqual([]);
      expect(operation?.query?.safeParse(Object.fromEntries(new URLSearchParams(query))).error?.issues ?? []).toEqual([]);
      const body = operation && 'body' in operation ? operation.body : undefined;
      if (body) expect(body.safeParse(made.body ?? {}).error?.issues ?? []).toEqual([]);
      else expect(made.body).toBeUndefined();
    }
  });
});
