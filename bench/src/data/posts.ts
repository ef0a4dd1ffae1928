/** Post logs of several sizes at once: the smaller holds the first posts of the larger, so one sealing serves all. */
import { join } from 'node:path';
import { PostKind, PostPublished } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { EventCodec } from '@parvis/kit/eventing/codec.ts';
import { derivedId, postStream } from '@parvis/kit/runtime/ids.ts';
import { randomOf } from '../random.ts';
import type { Sizes } from '../sizes.ts';
import { groupId, personId, WRITERS } from './cast.ts';
import { createLogBuilder } from './logBuilder.ts';
import { START_MS } from './people.ts';
import { createTexts } from './texts.ts';

/** The last of the generated posts is an hour old. */
const NEWEST_AGE_MS = 3_600_000;

/** @param logs folder of a network and how many posts it gets */
export const writePosts = async (options: {
  logs: readonly { folder: string; posts: number }[];
  codec: EventCodec;
  sizes: Sizes;
}): Promise<void> => {
  const { logs, codec, sizes } = options;
  const builders = logs.map(({ folder, posts }) => ({ builder: createLogBuilder(join(folder, 'post')), posts }));
  const total = Math.max(...logs.map(({ posts }) => posts));
  const texts = createTexts(2);
  const random = randomOf(3);
  const stepMs = (Date.now() - NEWEST_AGE_MS - START_MS) / total;
  for (let nth = 0; nth < total; nth += 1) {
    const stream = postStream(`${groupId(Math.floor(random() * sizes.groups))}.${derivedId('bench', 'post', nth)}`);
    const value = PostPublished.fromPartial({
      authorId: personId(Math.floor(random() * WRITERS)),
      kind: random() < 0.7 ? PostKind.DISCUSSION : PostKind.QUESTION,
      title: texts.title(),
      body: texts.body(),
      language: nth % 2 === 0 ? 'fr' : 'en',
    });
    const events = await codec.encode(stream, [{ $case: 'postPublished', value }]);
    const at = new Date(START_MS + Math.floor(nth * stepMs));
    for (const { builder, posts } of builders) if (nth < posts) await builder.add(stream, events, at);
  }
  for (const { builder } of builders) await builder.close();
};
