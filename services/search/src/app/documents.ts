/** Events → changes of the index. Depends on the events of one lane, in their order, and on what they made before. */
import { familyOfStream } from '@parvis/contracts/src/registry.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';
import type { Changes } from './changes.ts';
import { applyGroup, type GroupCase, groupKey } from './groupDocuments.ts';
import { applyPerson, type PersonCase, personKey } from './personDocuments.ts';
import { applyComment, applyPost, type CommentCase, commentKey, type PostCase, postKey } from './postDocuments.ts';

/** Services whose events are indexed. */
export const SOURCES = ['identity', 'group', 'post'] as const;

/** Key of the document that the events of a stream make; undefined for streams that make none. */
export const keyOfStream = (stream: string): string | undefined => {
  const { groupId = '', postId = '', commentId = '', personId = '' } = idsOfStream(stream);
  switch (familyOfStream(stream)?.name) {
    case 'parvis.post.v1.PostEvent':
      return postKey(postId);
    case 'parvis.post.v1.CommentEvent':
      return commentKey(commentId);
    case 'parvis.identity.v1.PersonEvent':
      return personKey(personId);
    case 'parvis.group.v1.GroupEvent':
      return groupKey(groupId);
    default:
      return undefined;
  }
};

export const applyEvent = (changes: Changes, event: DecodedEvent): void => {
  if (event.event === undefined) return;
  const ids = idsOfStream(event.stream);
  switch (familyOfStream(event.stream)?.name) {
    case 'parvis.post.v1.PostEvent':
      applyPost(changes, event, ids, event.event as PostCase);
      return;
    case 'parvis.post.v1.CommentEvent':
      applyComment(changes, event, ids, event.event as CommentCase);
      return;
    case 'parvis.identity.v1.PersonEvent':
      applyPerson(changes, event, ids.personId ?? '', event.event as PersonCase);
      return;
    case 'parvis.group.v1.GroupEvent':
      applyGroup(changes, event, ids.groupId ?? '', event.event as GroupCase);
      return;
    default:
      return;
  }
};
