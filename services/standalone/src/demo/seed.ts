/** Fills a new network with the demo people and what they said; a second start finds everything there and changes nothing. */
import type { ImportLine } from '../import/importFormat.ts';
import { importLines } from '../import/runImport.ts';
import { importTargets } from '../import/targets.ts';
import type { Network } from '../network.ts';
import {
  DEMO_EMPLOYEES,
  DEMO_GROUPS,
  DEMO_NETWORK,
  DEMO_PARTNER_ORGANISATION,
  DEMO_PARTNERS,
  DEMO_PASSWORD,
  DEMO_POSTS,
  type DemoPost,
} from './content.ts';

/** Raised when the demo's content changes: a network seeded with an earlier one gets what is new. */
const SEED_VERSION = 1;

export const demoEmail = (key: string): string =>
  `${key}@${DEMO_PARTNERS.some((partner) => partner.key === key) ? DEMO_PARTNER_ORGANISATION.domains[0] : DEMO_NETWORK.domains[0]}`;

const people = (): ImportLine[] =>
  DEMO_EMPLOYEES.map(({ key, administrator, manager, languages, ...person }) => ({
    ...person,
    type: 'person',
    id: key,
    kind: 'employee',
    handle: key,
    email: demoEmail(key),
    languages: [...languages],
    roles: administrator ? ['administrator', 'moderator'] : [],
    ...(manager === undefined ? {} : { manager }),
  }));

const partners = (): ImportLine[] => [
  {
    type: 'organisation',
    id: DEMO_PARTNER_ORGANISATION.key,
    name: DEMO_PARTNER_ORGANISATION.name,
    domains: [...DEMO_PARTNER_ORGANISATION.domains],
    sponsor: DEMO_PARTNER_ORGANISATION.sponsor,
  },
  ...DEMO_PARTNERS.map(
    ({ key, givenName, familyName, language }): ImportLine => ({
      type: 'person',
      id: key,
      kind: 'partner',
      organisation: DEMO_PARTNER_ORGANISATION.key,
      handle: key,
      email: demoEmail(key),
      givenName,
      familyName,
      language,
      roles: [],
    }),
  ),
];

const groups = (): ImportLine[] =>
  DEMO_GROUPS.flatMap(({ key, members, ...group }): ImportLine[] => [
    { ...group, type: 'group', id: key },
    ...members
      .filter((person) => person !== group.owner)
      .map((person): ImportLine => ({ type: 'member', group: key, person, role: 'member' })),
    ...DEMO_PARTNERS.filter((partner) => partner.groups.includes(key)).map(
      (partner): ImportLine => ({ type: 'member', group: key, person: partner.key, role: 'member' }),
    ),
  ]);

const mentioned = (text: string): string => text.replace(/\{(\w+)\}/g, '@[person:$1]');

const post = ({ key, group, by, kind, title, body, comments = [], reactions = [] }: DemoPost): ImportLine[] => [
  { type: 'post', id: key, group, author: by, kind, title, body: mentioned(body) },
  ...comments.map(
    (comment, index): ImportLine => ({
      type: 'comment',
      id: `${key}-${index}`,
      post: key,
      author: comment.by,
      body: mentioned(comment.body),
    }),
  ),
  ...reactions.map((reaction): ImportLine => ({ type: 'reaction', post: key, person: reaction.by, kind: reaction.kind })),
];

/** The demo network as lines of an import. People come before their reports: the order of the file is that of the company. */
export const demoLines = (): ImportLine[] => [...people(), ...partners(), ...groups(), ...DEMO_POSTS.flatMap(post)];

const createAccounts = async ({ oidc }: Network): Promise<void> => {
  const passwordHash = await oidc.hashPassword(DEMO_PASSWORD);
  for (const { key, givenName, familyName } of [...DEMO_EMPLOYEES, ...DEMO_PARTNERS]) {
    const email = demoEmail(key);
    if (await oidc.findAccountByEmail(email)) continue;
    await oidc.createAccount({ email, emailVerified: true, passwordHash, givenName, familyName });
  }
};

/** @param network started, without or with its gateway. Safe to repeat and to interrupt. */
export const seedDemo = async (network: Network): Promise<void> => {
  const seeded = network.stores.of('identity').state.table<number>('demo');
  if ((await seeded.get('seed')) === SEED_VERSION) return;
  await createAccounts(network);
  const lines = demoLines().map((line, index) => ({ number: index + 1, line }));
  await importLines(importTargets(network), lines);
  await seeded.put('seed', SEED_VERSION);
};

/** What the demo's front page tells about whom one can be. */
export const demoPeople = () =>
  [...DEMO_EMPLOYEES, ...DEMO_PARTNERS].map((person) => ({
    name: `${person.givenName} ${person.familyName}`,
    account: demoEmail(person.key),
    about: 'title' in person ? person.title : `Partner, ${DEMO_PARTNER_ORGANISATION.name}`,
  }));
