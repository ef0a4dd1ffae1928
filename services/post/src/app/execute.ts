/** One command in, its answer out. */
import type { ExecuteRequest, ExecuteResponse } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { invalid } from '@parvis/kit/runtime/errors.ts';
import type { CallContext } from '@parvis/kit/runtime/rpc.ts';
import type { Call, Done } from './call.ts';
import { addComment, changeComment, editComment } from './commentCommands.ts';
import type { PostApp } from './postApp.ts';
import { acceptAnswer, changePost, editPost, publishPost } from './postCommands.ts';
import { reportItem, resolveReport } from './reportCommands.ts';
import { acknowledgePost, react } from './responseCommands.ts';

type Command = NonNullable<ExecuteRequest['command']>;

const run = (call: Call, command: Command): Promise<Done> => {
  switch (command.$case) {
    case 'publishPost':
      return publishPost(call, command.value);
    case 'editPost':
      return editPost(call, command.value);
    case 'deletePost':
      return changePost(call, 'delete', command.value.postId, command.value.reason);
    case 'hidePost':
      return changePost(call, 'hide', command.value.postId, command.value.reason);
    case 'restorePost':
      return changePost(call, 'restore', command.value.postId);
    case 'closePost':
      return changePost(call, 'close', command.value.postId);
    case 'reopenPost':
      return changePost(call, 'reopen', command.value.postId);
    case 'acceptAnswer':
      return acceptAnswer(call, command.value);
    case 'addComment':
      return addComment(call, command.value);
    case 'editComment':
      return editComment(call, command.value);
    case 'deleteComment':
      return changeComment(call, 'delete', command.value.commentId, command.value.reason);
    case 'hideComment':
      return changeComment(call, 'hide', command.value.commentId, command.value.reason);
    case 'restoreComment':
      return changeComment(call, 'restore', command.value.commentId);
    case 'react':
      return react(call, command.value);
    case 'acknowledgePost':
      return acknowledgePost(call, command.value.postId);
    case 'reportItem':
      return reportItem(call, command.value);
    case 'resolveReport':
      return resolveReport(call, command.value);
    default:
      return command satisfies never;
  }
};

export const execute = async (app: PostApp, request: ExecuteRequest, context: CallContext): Promise<ExecuteResponse> => {
  const entered = await app.runtime.enter(context);
  const { command, idempotencyKey, expectedVersion } = request;
  if (!command) throw invalid('command', 'one command');
  const meta = app.runtime.commandMeta(context, entered.personId, command.$case, idempotencyKey, command.value);
  const done = await run({ app, entered, meta, expectedVersion }, command);
  const written = await app.runtime.written(done.id, done.stream, done.outcome);
  return { ...written, unreachedMentions: [...(done.unreached ?? [])] };
};
