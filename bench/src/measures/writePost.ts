/** Publishing one post as a writer of the network. */
import { PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { ExecuteRequest, type ExecuteResponse, PublishPost } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import type { BenchNetwork } from '../benchNetwork.ts';
import { groupId, readersGroupNumbers, WRITERS } from '../data/cast.ts';
import { createTexts, type Texts } from '../data/texts.ts';
import type { Sizes } from '../sizes.ts';

export interface NewPost {
  readonly writer: number;
  readonly group: string;
  readonly title: string;
  readonly body: string;
  /** Default: a discussion. */
  readonly kind?: PostKind;
}

export const publish = (
  bench: BenchNetwork,
  { writer, group, title, body, kind = PostKind.DISCUSSION }: NewPost,
): Promise<ExecuteResponse> => {
  const value = PublishPost.fromPartial({ groupId: group, kind, title, body });
  return bench.posts.execute(ExecuteRequest.fromPartial({ command: { $case: 'publishPost', value } }), bench.as(writer));
};

/** Posts of all writers in turn, spread over the groups of the feed's reader. */
export const createPosts = (sizes: Sizes, seed: number): ((nth: number) => NewPost) => {
  const groups = readersGroupNumbers(sizes).map(groupId);
  const texts: Texts = createTexts(seed);
  return (nth) => ({
    writer: nth % WRITERS,
    group: groups[nth % groups.length] as string,
    title: texts.title(),
    body: texts.body(),
  });
};
