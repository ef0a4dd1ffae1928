/** The post service on a fake network, with the words its suites speak. */
import { PostKind, ReactionKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import {
  type DownloadFileResponse,
  ExecuteRequest,
  type ExecuteResponse,
  type File,
  type Post,
  PostServiceService,
  type PublishPost,
  UploadFileRequest,
} from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { ParvisError } from '@parvis/kit/runtime/errors.ts';
import type { CallContext, Client } from '@parvis/kit/runtime/rpc.ts';
import { createFakeNetwork, type FakeNetwork, type FakePorts } from '@parvis/kit/testing/fakeNetwork.ts';
import { createPostService, type PostService } from '../src/service.ts';

type Command = NonNullable<ExecuteRequest['command']>;
type ValueOf<C extends Command['$case']> = Extract<Command, { $case: C }>['value'];

export interface PostNetwork {
  readonly network: FakeNetwork;
  readonly ports: FakePorts;
  readonly service: PostService;
  readonly posts: Client<typeof PostServiceService>;
  /** Calls as this person, reading their own writes. */
  as(personId: string): CallContext;
  run<C extends Command['$case']>(
    personId: string,
    $case: C,
    value: Partial<ValueOf<C>>,
    options?: { key?: string; version?: number },
  ): Promise<ExecuteResponse>;
  /** Publishes a discussion unless told otherwise. @returns its id */
  publish(personId: string, groupId: string, post?: Partial<PublishPost>): Promise<string>;
  comment(personId: string, postId: string, body?: string, parentId?: string): Promise<string>;
  post(personId: string, postId: string): Promise<Post>;
  upload(personId: string, content: Uint8Array, options?: { name?: string; purpose?: string; key?: string; chunk?: number }): Promise<File>;
  download(personId: string, fileId: string): Promise<{ file: File; content: Buffer }>;
  close(): Promise<void>;
}

async function* inChunks(content: Uint8Array, options: { name?: string; purpose?: string; key?: string; chunk?: number }) {
  const { name = 'notes.txt', purpose = 'attachment', key = '', chunk = 10_000 } = options;
  yield UploadFileRequest.fromPartial({ name, purpose, idempotencyKey: key, chunk: Buffer.from(content.subarray(0, chunk)) });
  for (let from = chunk; from < content.length; from += chunk) {
    yield UploadFileRequest.fromPartial({ chunk: Buffer.from(content.subarray(from, from + chunk)) });
  }
}

const collect = async (responses: AsyncIterable<DownloadFileResponse>): Promise<{ file: File; content: Buffer }> => {
  let file: File | undefined;
  const chunks: Uint8Array[] = [];
  for await (const response of responses) {
    file ??= response.file;
    chunks.push(response.chunk);
  }
  if (!file) throw new Error('the download began without its file');
  return { file, content: Buffer.concat(chunks) };
};

export const createPostNetwork = async (): Promise<PostNetwork> => {
  const network = await createFakeNetwork();
  const ports = await network.ports('post');
  const service = await network.start(createPostService(ports));
  const posts = network.client(service, PostServiceService);
  const tokens = new Map<string, string>();
  const as = (personId: string): CallContext => network.contextFor(personId, { tokens: [...tokens.values()] });

  const run: PostNetwork['run'] = async (personId, $case, value, options = {}) => {
    const request = ExecuteRequest.fromPartial({
      // biome-ignore lint/suspicious/noExplicitAny: a case and a part of its value
      command: { $case, value } as any,
      idempotencyKey: options.key ?? '',
      ...(options.version === undefined ? {} : { expectedVersion: options.version }),
    });
    const answer = await posts.execute(request, as(personId));
    if (answer.token !== '') tokens.set(personId, answer.token);
    return answer;
  };

  return {
    ...{ network, ports, service, posts, as, run },
    publish: async (personId, groupId, post = {}) =>
      (await run(personId, 'publishPost', { groupId, kind: PostKind.DISCUSSION, body: 'Some text', ...post })).id,
    comment: async (personId, postId, body = 'A comment', parentId = '') =>
      (await run(personId, 'addComment', { postId, body, parentId })).id,
    async post(personId, postId) {
      const { post } = await posts.getPost({ postId }, as(personId));
      if (!post) throw new Error('no post in the answer');
      return post;
    },
    async upload(personId, content, options = {}) {
      const { file } = await posts.uploadFile(inChunks(content, options), as(personId));
      if (!file) throw new Error('no file in the answer');
      return file;
    },
    download: (personId, fileId) => collect(posts.downloadFile({ fileId }, as(personId))),
    close: () => network.close(),
  };
};

/** Kind and code of a refusal, with its message: what a client is told. Fails when there was none. */
export const refusal = async (promise: Promise<unknown>): Promise<{ kind: string; code: string; message: string }> => {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ParvisError) return { kind: error.kind, code: error.code, message: error.message };
    throw error;
  }
  throw new Error('expected a refusal, got an answer');
};

export { PostKind, ReactionKind };
