/**
 * A fictional network of any size as lines of an import (docs/import.md), the same for the same seed: for benchmarks and for the test of
 * `parvis import`. Run: node bench/src/generateNetwork.ts --lines 50000 > network.jsonl
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { randomOf } from './random.ts';

export interface NetworkSize {
  readonly people: number;
  readonly groups: number;
  /** Members per group, on average. */
  readonly membersPerGroup: number;
  readonly posts: number;
  readonly commentsPerPost: number;
  readonly reactionsPerPost: number;
  readonly seed: number;
}

/** Sizes that give about the number of lines, half of them posts and comments. */
export const sizeForLines = (lines: number, seed = 1): NetworkSize => {
  const people = Math.max(5, Math.round(lines * 0.02));
  const groups = Math.max(2, Math.round(lines * 0.004));
  const posts = Math.round(lines * 0.2);
  const membersPerGroup = Math.max(2, Math.min(people - 1, Math.round((lines * 0.176) / groups)));
  return { people, groups, membersPerGroup, posts, commentsPerPost: 1.5, reactionsPerPost: 1.5, seed };
};

const WORDS = {
  fr: 'réunion décision fournisseur facture clôture prototype lentille lanterne essai rapport client visite équipe projet délai livraison qualité atelier formation compétence idée budget contrat partenaire question réponse procédure sécurité maintenance stock'.split(
    ' ',
  ),
  en: 'meeting decision supplier invoice closing prototype lens lantern trial report customer visit team project delay delivery quality workshop training skill idea budget contract partner question answer procedure safety maintenance stock'.split(
    ' ',
  ),
} as const;
const LINKS = { fr: ['pour la', 'avec le', 'sans', 'avant la', 'et'], en: ['for the', 'with a', 'without', 'before the', 'and'] } as const;
const GIVEN = [
  'Ada',
  'Bram',
  'Célia',
  'Dov',
  'Elsa',
  'Farid',
  'Gwen',
  'Hugo',
  'Inès',
  'Jonas',
  'Kim',
  'Léa',
  'Malo',
  'Nour',
  'Otto',
  'Paz',
];
const FAMILY = ['Amarre', 'Bollard', 'Chenal', 'Digue', 'Estran', 'Fanal', 'Gabier', 'Hauban', 'Îlot', 'Jusant', 'Keel', 'Larmor'];
const DEPARTMENTS = ['Finance', 'Engineering', 'Sales', 'Achats', 'Direction'];
const SITES = ['Brest', 'Cork', 'Lorient'];
const START_MS = Date.UTC(2020, 0, 1);
const YEARS_MS = 5 * 365 * 24 * 3_600_000;

type Line = Record<string, unknown>;

/** Yields the network in an order in which each line refers to earlier ones only. */
export function* generateNetwork(size: NetworkSize): Generator<Line, void> {
  const random = randomOf(size.seed);
  const below = (most: number): number => Math.floor(random() * most);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  const language = (): 'fr' | 'en' => (random() < 0.5 ? 'fr' : 'en');
  const sentence = (words: number): string => {
    const tongue = language();
    const parts = Array.from({ length: words }, (_, n) => (n % 2 === 0 ? pick(WORDS[tongue]) : pick(LINKS[tongue])));
    return `${parts.join(' ')}.`;
  };
  const person = (): string => `u${below(size.people)}`;

  for (let n = 0; n < size.people; n += 1) {
    yield {
      type: 'person',
      id: `u${n}`,
      email: `u${n}@generated.example`,
      handle: `u${n}.generated`,
      givenName: pick(GIVEN),
      familyName: pick(FAMILY),
      department: pick(DEPARTMENTS),
      site: pick(SITES),
      language: language(),
    };
  }
  const members: string[][] = [];
  for (let n = 0; n < size.groups; n += 1) {
    const owner = person();
    yield {
      type: 'group',
      id: `g${n}`,
      name: `${sentence(3)} ${n}`,
      purpose: sentence(9),
      privacy: pick(['open', 'open', 'restricted']),
      language: language(),
      owner,
    };
    const joined = new Set([owner]);
    for (let tries = 0; joined.size < size.membersPerGroup && tries < size.membersPerGroup * 4; tries += 1) {
      const candidate = person();
      if (joined.has(candidate)) continue;
      joined.add(candidate);
      yield { type: 'member', group: `g${n}`, person: candidate };
    }
    members.push([...joined]);
  }
  for (let n = 0; n < size.posts; n += 1) {
    const group = below(size.groups);
    const authors = members[group] as string[];
    const atMs = START_MS + Math.floor((YEARS_MS * n) / size.posts);
    yield {
      type: 'post',
      id: `p${n}`,
      group: `g${group}`,
      author: pick(authors),
      kind: pick(['discussion', 'discussion', 'question']),
      title: sentence(5),
      body: `${sentence(15)} ${sentence(9)}${random() < 0.2 ? ' #essai' : ''}`,
      at: new Date(atMs).toISOString(),
    };
    const comments = Math.floor(random() * 2 * size.commentsPerPost + 0.5);
    for (let c = 0; c < comments; c += 1) {
      const at = new Date(atMs + (c + 1) * 60_000).toISOString();
      yield { type: 'comment', id: `p${n}c${c}`, post: `p${n}`, author: pick(authors), body: sentence(11), at };
    }
    const reactors = new Set(Array.from({ length: Math.floor(random() * 2 * size.reactionsPerPost + 0.5) }, () => pick(authors)));
    for (const reactor of reactors) yield { type: 'reaction', post: `p${n}`, person: reactor, kind: pick(['like', 'support']) };
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { lines: { type: 'string', default: '50000' }, seed: { type: 'string', default: '1' } } });
  for (const line of generateNetwork(sizeForLines(Number(values.lines), Number(values.seed)))) {
    if (!process.stdout.write(`${JSON.stringify(line)}\n`)) await once(process.stdout, 'drain');
  }
}
