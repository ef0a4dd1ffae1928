/** What events do to files: into use, out of use, and gone. Each policy can be called again after a crash. */
import type { GroupEvent } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import type { OrganisationEvent, PersonEvent } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { Attachment, CommentEvent, PostEvent } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { type DecodedEvent, isErased } from '@parvis/kit/eventing/decodedEvent.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';
import type { Policy } from '@parvis/kit/runtime/service.ts';
import type { Purpose } from './fileSlips.ts';
import type { PostApp } from './postApp.ts';

const EVENTS_PER_READ = 10_000;
const FILES_PER_READ = 500;

/** Bytes first: a crash in between leaves a slip that the next attempt still finds. */
export const dropFile = async ({ blobs, slips }: PostApp, fileId: string): Promise<void> => {
  const slip = await slips.get(fileId);
  await blobs.delete(fileId);
  if (slip) await slips.forget(fileId, slip.ownerId);
};

interface Use {
  /** Group or person id, or `network`. */
  readonly target: string;
  readonly purpose: Purpose;
  /** Empty: nothing is used any more. */
  readonly fileId: string;
  /** People whose upload it may be. */
  readonly owners: readonly string[];
}

/** Puts a file into use in place of the one before, whose bytes go. A file that is not theirs to use stays as it is. */
const useFile = async (app: PostApp, { target, purpose, fileId, owners }: Use): Promise<void> => {
  const place = `${purpose}/${target}`;
  const before = await app.slips.inUse(place);
  if (before === fileId) return;
  const slip = fileId === '' ? undefined : await app.slips.get(fileId);
  const usable = slip?.state === 'draft' && slip.purpose === purpose && owners.includes(slip.ownerId);
  if (slip && usable) await app.slips.replace(slip, { ...slip, state: 'attached', target });
  if (before !== undefined) await dropFile(app, before);
  const mine = usable || (slip?.state === 'attached' && slip.purpose === purpose && slip.target === target);
  await app.slips.use(place, mine ? fileId : '');
};

const keepGroupImage = (app: PostApp): Policy => ({
  name: 'keepGroupImage',
  source: 'group',
  types: ['parvis.group.v1.GroupCreated', 'parvis.group.v1.GroupChanged'],
  begin: 'start',
  async handle({ event: decoded, stream }) {
    const event = decoded as GroupEvent['event'];
    if (event?.$case !== 'groupCreated' && event?.$case !== 'groupChanged') return;
    const { imageFileId } = event.value;
    const by = event.$case === 'groupCreated' ? event.value.createdBy : event.value.by;
    if (imageFileId === undefined) return;
    await useFile(app, { target: idsOfStream(stream).groupId ?? '', purpose: 'image', fileId: imageFileId, owners: [by] });
  },
});

const keepPhoto = (app: PostApp): Policy => ({
  name: 'keepPhoto',
  source: 'identity',
  types: ['parvis.identity.v1.PersonRegistered', 'parvis.identity.v1.PersonProfileChanged'],
  begin: 'start',
  async handle({ event: decoded, stream, actor }) {
    const event = decoded as PersonEvent['event'];
    if (event?.$case !== 'personRegistered' && event?.$case !== 'personProfileChanged') return;
    const fileId = event.value.profile?.photoFileId;
    const personId = idsOfStream(stream).personId ?? '';
    if (fileId === undefined || isErased(fileId)) return;
    await useFile(app, { target: personId, purpose: 'photo', fileId, owners: [personId, actor] });
  },
});

const keepLogo = (app: PostApp): Policy => ({
  name: 'keepLogo',
  source: 'identity',
  types: ['parvis.identity.v1.NetworkSettingsChanged'],
  begin: 'start',
  async handle({ event: decoded }) {
    const event = decoded as OrganisationEvent['event'];
    if (event?.$case !== 'networkSettingsChanged' || event.value.logoFileId === undefined) return;
    await useFile(app, { target: 'network', purpose: 'logo', fileId: event.value.logoFileId, owners: [event.value.by] });
  },
});

const attachmentsIn = ({ event: decoded }: DecodedEvent): readonly Attachment[] | undefined => {
  const event = decoded as PostEvent['event'] | CommentEvent['event'];
  switch (event?.$case) {
    case 'postPublished':
    case 'postEdited':
    case 'commentAdded':
    case 'commentEdited':
      return event.value.attachments;
    case 'postDeleted':
    case 'commentDeleted':
      return [];
    default:
      return undefined;
  }
};

/** Files that the item carried before the event and does not carry after it; read from its stream, so the answer is exact. */
const droppedBy = async ({ log, runtime }: PostApp, event: DecodedEvent): Promise<string[]> => {
  const records = await log.readStream(event.stream, { limit: EVENTS_PER_READ });
  const earlier = runtime.codec.keepSealed('post', records).filter(({ version }) => version < event.version);
  const before = earlier.map(attachmentsIn).findLast((files) => files !== undefined) ?? [];
  const kept = new Set((attachmentsIn(event) ?? []).map(({ fileId }) => fileId));
  return before.map(({ fileId }) => fileId).filter((fileId) => !kept.has(fileId));
};

const dropFiles = (app: PostApp): Policy => ({
  name: 'dropFiles',
  source: 'post',
  types: ['PostDeleted', 'PostEdited', 'CommentDeleted', 'CommentEdited'].map((name) => `parvis.post.v1.${name}`),
  begin: 'start',
  async handle(event) {
    for (const fileId of await droppedBy(app, event)) await dropFile(app, fileId);
  },
});

/** A photo goes with who the person was, always; what they contributed goes when the erasure asks for it. */
const eraseFiles = (app: PostApp): Policy => ({
  name: 'eraseFiles',
  source: 'identity',
  types: ['parvis.identity.v1.PersonErased'],
  begin: 'start',
  async handle({ event: decoded, stream }) {
    const event = decoded as PersonEvent['event'];
    const { personId } = idsOfStream(stream);
    if (event?.$case !== 'personErased' || personId === undefined) return;
    for (let after: string | undefined; ; ) {
      const fileIds = await app.slips.filesOf(personId, { limit: FILES_PER_READ, ...(after === undefined ? {} : { after }) });
      for (const fileId of fileIds) {
        const slip = await app.slips.get(fileId);
        if (event.value.contributions || slip?.keyKind === 'who') await dropFile(app, fileId);
      }
      if (fileIds.length < FILES_PER_READ) return;
      after = fileIds.at(-1);
    }
  },
});

export const filePolicies = (app: PostApp): Policy[] =>
  [keepGroupImage, keepPhoto, keepLogo, dropFiles, eraseFiles].map((policy) => policy(app));
