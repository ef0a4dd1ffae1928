/** Writes what a checked file says, through the services' own rules. Every append is known by its line's name: a repeat changes nothing. */
import { createHash } from 'node:crypto';
import { GroupPrivacy } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import { PersonKind, PersonRole } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { PostKind, ReactionKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { GroupImport } from '@parvis/group/src/service.ts';
import type { IdentityBootstrap } from '@parvis/identity/src/service.ts';
import type { CommandMeta } from '@parvis/kit/eventing/command.ts';
import { commandIdFor, derivedId } from '@parvis/kit/runtime/ids.ts';
import type { PostImport } from '@parvis/post/src/service.ts';
import { checkImport, parseLine, readImport } from './checkImport.ts';
import { type ImportLine, type LineOf, nameOf, referencesOf } from './importFormat.ts';

/** Lines on their way at once: enough for group commit to fill its batches. */
const IN_FLIGHT = 256;

export interface ImportTargets {
  readonly identity: IdentityBootstrap;
  readonly group: GroupImport;
  readonly post: PostImport;
  readonly hostOrganisationId: string;
}

export interface NumberedLine {
  readonly number: number;
  readonly line: ImportLine;
}

export interface ImportReport {
  readonly lines: number;
  readonly counts: Readonly<Record<string, number>>;
}

interface ImportedPerson {
  readonly personId: string;
  readonly partner: boolean;
  readonly organisationId: string;
}

/** What earlier lines brought, by the ids of the file. */
interface Brought {
  readonly person: Map<string, ImportedPerson>;
  readonly organisation: Map<string, { organisationId: string; sponsorId: string }>;
  readonly group: Map<string, string>;
  readonly post: Map<string, string>;
  readonly comment: Map<string, string>;
}

const ENUMS = {
  privacy: { open: GroupPrivacy.OPEN, restricted: GroupPrivacy.RESTRICTED, hidden: GroupPrivacy.HIDDEN },
  kind: { discussion: PostKind.DISCUSSION, question: PostKind.QUESTION, announcement: PostKind.ANNOUNCEMENT },
  role: { moderator: PersonRole.MODERATOR, administrator: PersonRole.ADMINISTRATOR },
  reaction: {
    like: ReactionKind.LIKE,
    celebrate: ReactionKind.CELEBRATE,
    support: ReactionKind.SUPPORT,
    insightful: ReactionKind.INSIGHTFUL,
    laugh: ReactionKind.LAUGH,
    sad: ReactionKind.SAD,
  },
} as const;

const keyOf = (line: ImportLine): string => `import/${nameOf(line)}`;
const metaOf = (line: ImportLine): CommandMeta => ({
  commandId: commandIdFor('import', line.type, nameOf(line)),
  requestHash: createHash('sha256').update(JSON.stringify(line)).digest('base64url'),
  actor: '',
});
const found = <V>(map: ReadonlyMap<string, V>, id: string): V => {
  const value = map.get(id);
  if (value === undefined) throw new Error(`${id} was not brought by an earlier line`);
  return value;
};
const dateOf = (at: string | undefined): Date | undefined => (at === undefined ? undefined : new Date(at));

const importPerson = async (targets: ImportTargets, brought: Brought, line: LineOf<'person'>): Promise<void> => {
  const partner = line.kind === 'partner';
  const organisation = line.organisation === undefined ? undefined : found(brought.organisation, line.organisation);
  const { title, department, site, about, language, languages } = line;
  const profile = {
    ...Object.fromEntries(Object.entries({ title, department, site, about, language }).filter(([, value]) => value !== undefined)),
    givenName: line.givenName,
    familyName: line.familyName,
    ...(line.manager === undefined ? {} : { managerId: found(brought.person, line.manager).personId }),
    ...(languages === undefined ? {} : { languages, languagesSet: true }),
  };
  const sponsorId = line.sponsor === undefined ? organisation?.sponsorId : found(brought.person, line.sponsor).personId;
  const personId = await targets.identity.registerPersonAsSystem({
    key: keyOf(line),
    email: line.email,
    handle: line.handle ?? '',
    profile,
    roles: [PersonRole.MEMBER, ...line.roles.map((role) => ENUMS.role[role])],
    kind: partner ? PersonKind.PARTNER : PersonKind.EMPLOYEE,
    ...(organisation === undefined ? {} : { organisationId: organisation.organisationId }),
    ...(partner && sponsorId !== undefined ? { sponsorId } : {}),
  });
  brought.person.set(line.id, { personId, partner, organisationId: organisation?.organisationId ?? targets.hostOrganisationId });
};

const importOrganisation = async (targets: ImportTargets, brought: Brought, line: LineOf<'organisation'>): Promise<void> => {
  const sponsorId = found(brought.person, line.sponsor).personId;
  const expiresAt = dateOf(line.expiresAt);
  const organisationId = await targets.identity.registerOrganisationAsSystem({
    key: keyOf(line),
    name: line.name,
    sponsorId,
    domains: line.domains,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  });
  brought.organisation.set(line.id, { organisationId, sponsorId });
};

const importGroup = async (targets: ImportTargets, brought: Brought, line: LineOf<'group'>): Promise<void> => {
  const meta = metaOf(line);
  const groupId = derivedId(meta.commandId, 'group');
  const { name, purpose, language } = line;
  await targets.group.importGroup(meta, {
    groupId,
    details: { name, purpose, language, imageFileId: '' },
    privacy: ENUMS.privacy[line.privacy],
    admitsPartners: line.admitsPartners,
    owner: found(brought.person, line.owner),
  });
  brought.group.set(line.id, groupId);
};

const MENTION = /@\[person:([^\]\s]{1,200})\]/g;

/** Names of the lines that must be written before this one: what it refers to, and the people its text mentions. */
const waitsFor = (line: ImportLine): string[] => {
  const mentioned = 'body' in line ? [...line.body.matchAll(MENTION)].map(([, id]) => `person:${id}`) : [];
  return [...referencesOf(line).map((ref) => `${ref.type}:${ref.id}`), ...mentioned];
};

/** Mentions written with the file's ids become mentions of the people they brought; others stay text. */
const withMentions = (brought: Brought, body: string): string =>
  body.replace(MENTION, (whole, id: string) => {
    const person = brought.person.get(id);
    return person === undefined ? whole : `@[person:${person.personId}]`;
  });

const importPost = async (targets: ImportTargets, brought: Brought, line: LineOf<'post'>): Promise<void> => {
  const meta = metaOf(line);
  const groupId = found(brought.group, line.group);
  const postId = await targets.post.importPost(meta, {
    groupId,
    authorId: found(brought.person, line.author).personId,
    kind: ENUMS.kind[line.kind],
    title: line.title,
    body: withMentions(brought, line.body),
    publishedAt: dateOf(line.at),
  });
  brought.post.set(line.id, postId);
};

const importComment = async (targets: ImportTargets, brought: Brought, line: LineOf<'comment'>): Promise<void> => {
  const commentId = await targets.post.importComment(metaOf(line), {
    postId: found(brought.post, line.post),
    parentId: line.parent === undefined ? '' : found(brought.comment, line.parent),
    authorId: found(brought.person, line.author).personId,
    body: withMentions(brought, line.body),
    publishedAt: dateOf(line.at),
  });
  brought.comment.set(line.id, commentId);
};

const importOne = async (targets: ImportTargets, brought: Brought, line: ImportLine): Promise<void> => {
  switch (line.type) {
    case 'person':
      return importPerson(targets, brought, line);
    case 'organisation':
      return importOrganisation(targets, brought, line);
    case 'group':
      return importGroup(targets, brought, line);
    case 'member': {
      const member = { groupId: found(brought.group, line.group), person: found(brought.person, line.person), role: line.role };
      await targets.group.importMember(metaOf(line), member);
      return;
    }
    case 'post':
      return importPost(targets, brought, line);
    case 'comment':
      return importComment(targets, brought, line);
    case 'reaction': {
      const itemId = line.comment === undefined ? found(brought.post, line.post) : found(brought.comment, line.comment);
      const personId = found(brought.person, line.person).personId;
      await targets.post.importReaction(metaOf(line), { itemId, personId, kind: ENUMS.reaction[line.kind] });
      return;
    }
    default:
      return line satisfies never;
  }
};

/**
 * Writes lines that were checked. They go out side by side; a line waits for those it refers to.
 * @throws the first error of a line (what came before it stands, and a repeat goes on from there)
 */
export const importLines = async (
  targets: ImportTargets,
  source: AsyncIterable<NumberedLine> | Iterable<NumberedLine>,
): Promise<number> => {
  const brought: Brought = { person: new Map(), organisation: new Map(), group: new Map(), post: new Map(), comment: new Map() };
  const underWay = new Map<string, Promise<void>>();
  // One waiter, woken by whichever line is done next: racing all that are under way would listen to each of them again.
  let oneDone = Promise.withResolvers<void>();
  let failure: { readonly error: unknown } | undefined;
  let lines = 0;
  for await (const { number, line } of source) {
    const name = nameOf(line);
    const awaited = waitsFor(line).flatMap((name) => underWay.get(name) ?? []);
    const task = (async () => {
      await Promise.all(awaited);
      if (failure === undefined) await importOne(targets, brought, line);
    })()
      .catch((error: unknown) => {
        failure ??= { error: new Error(`line ${number}: ${error instanceof Error ? error.message : String(error)}`, { cause: error }) };
      })
      .finally(() => {
        underWay.delete(name);
        oneDone.resolve();
      });
    underWay.set(name, task);
    lines += 1;
    while (underWay.size >= IN_FLIGHT) {
      oneDone = Promise.withResolvers<void>();
      await oneDone.promise;
    }
    if (failure !== undefined) break;
  }
  await Promise.all(underWay.values());
  if (failure !== undefined) throw failure.error;
  return lines;
};

async function* linesOf(path: string): AsyncGenerator<NumberedLine, void> {
  for await (const { number, text } of readImport(path)) yield { number, line: parseLine(text) };
}

/** Imports a file: first read whole and checked, then written. @throws ImportRefused (nothing was written), or as importLines does */
export const runImport = async (targets: ImportTargets, path: string): Promise<ImportReport> => {
  const counts = await checkImport(path);
  return { lines: await importLines(targets, linesOf(path)), counts };
};
