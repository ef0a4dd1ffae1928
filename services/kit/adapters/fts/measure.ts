/**
 * Measures the index: `node services/kit/adapters/fts/measure.ts [documents]` (default 100,000) prints how fast documents are
 * indexed and how long queries take, over a vocabulary with the frequencies of a language.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { LANE_COUNT } from '../../ports/eventLog.ts';
import type { SearchDocument, SearchQuery, SearchScope } from '../../ports/searchIndex.ts';
import { createFtsSearchIndex } from './ftsSearchIndex.ts';

const GROUPS = 2_000;
const AUTHORS = 5_000;
const BATCH = 500;
const FIRST_MS = Date.UTC(2022, 0, 1);
const STEP_MS = 60_000;

const createRandom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
};

const random = createRandom(7);
const ENDINGS = ['', 's', 'ée', 'ées', 'er', 'ation', 'ing', 'é'];
const VOCABULARY = Array.from({ length: 30_000 }, (_, index) => `mot${index.toString(36)}${ENDINGS[index % ENDINGS.length]}`);
const word = (): string => VOCABULARY[Math.floor(random() ** 4 * VOCABULARY.length)] as string;
const words = (count: number): string => Array.from({ length: count }, word).join(' ');

const documentAt = (index: number): SearchDocument => {
  const groupId = `g${Math.floor(random() * GROUPS)}`;
  return {
    key: `post:${groupId}.p${index}`,
    type: 'post',
    id: `${groupId}.p${index}`,
    groupId,
    postId: `${groupId}.p${index}`,
    authorId: `a${Math.floor(random() * AUTHORS)}`,
    kind: index % 5 === 0 ? 'question' : 'discussion',
    title: words(6),
    body: `${words(34)} commun`,
    hashtags: [],
    language: 'fr',
    atMs: FIRST_MS + index * STEP_MS,
    lane: index % 12,
    position: index + 1,
    extra: '',
    profile: '',
    hidden: false,
    parts: {},
  };
};

const QUERY: SearchQuery = { text: '', types: [], sort: 'newest', limit: 20, withFacets: true };
const scopeOf = (groups: number): SearchScope => {
  const groupIds = Array.from({ length: groups }, (_, index) => `g${index}`);
  return { groupIds, listedGroupIds: groupIds, people: 'all', profiles: true };
};

const timed = async (repeats: number, run: (nth: number) => Promise<unknown>): Promise<string> => {
  const times: number[] = [];
  for (let nth = 0; nth < repeats; nth++) {
    const from = performance.now();
    await run(nth);
    times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  return `p50 ${(times[Math.floor(repeats / 2)] as number).toFixed(1)} ms, worst ${(times.at(-1) as number).toFixed(1)} ms`;
};

/** Speed of indexing, and the processor's time of all threads, which other work on the machine changes less. */
const indexed = async (documents: number, run: () => Promise<unknown>): Promise<string> => {
  const from = performance.now();
  const used = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(used);
  const speed = Math.round(documents / ((performance.now() - from) / 1000));
  return `${speed} documents/s, ${((user + system) / documents).toFixed(0)} µs of processor each`;
};

const count = Number(process.argv[2] ?? 100_000);
const folder = mkdtempSync(join(tmpdir(), 'parvis-search-'));
const index = await createFtsSearchIndex({ folder, logger: pino({ level: 'warn' }) });
try {
  const documents = Array.from({ length: count }, (_, nth) => documentAt(nth));
  const write = async (lane: readonly SearchDocument[]) => {
    for (let at = 0; at < lane.length; at += BATCH)
      await index.write({ puts: lane.slice(at, at + BATCH), deletes: [], threads: [], erased: [], marks: [] });
  };
  const alone = documents.slice(0, count / 4);
  const lanes = Array.from({ length: LANE_COUNT }, (_, lane) => documents.slice(count / 4).filter((document) => document.lane === lane));
  const load = loadavg().map((average) => average.toFixed(1));
  console.log(`load                           ${load.join(' ')}`);
  console.log(`indexed by one lane:           ${await indexed(alone.length, () => write(alone))}`);
  console.log(`indexed by ${LANE_COUNT} lanes:           ${await indexed(count - alone.length, () => Promise.all(lanes.map(write)))}`);
  const common = (groups: number, query: Partial<SearchQuery> = {}) =>
    index.search({ ...QUERY, text: 'commun', ...query }, scopeOf(groups));
  console.log(`one word of a page:            ${await timed(101, () => index.search({ ...QUERY, text: word() }, scopeOf(GROUPS)))}`);
  console.log(`two words:                     ${await timed(101, () => index.search({ ...QUERY, text: words(2) }, scopeOf(GROUPS)))}`);
  console.log(`a word of every document:      ${await timed(21, () => common(GROUPS))}`);
  console.log(`the same, 30 groups:           ${await timed(21, () => common(30))}`);
  console.log(`the same, 500 groups:          ${await timed(21, () => common(500))}`);
  console.log(`the same, 1 group:             ${await timed(21, () => common(1))}`);
  console.log(
    `the same, no group (beyond):   ${await timed(5, () => index.search({ ...QUERY, text: 'commun' }, { ...scopeOf(0), groupIds: Array.from({ length: 300 }, (_, nth) => `x${nth}`) }))}`,
  );
  console.log(`the same, best first:          ${await timed(5, () => common(GROUPS, { sort: 'best' }))}`);
  console.log(
    `one word, best first:          ${await timed(51, () => index.search({ ...QUERY, sort: 'best', text: word() }, scopeOf(GROUPS)))}`,
  );
  console.log(`suggest one letter:            ${await timed(21, () => index.suggest('m', [], scopeOf(GROUPS), 10))}`);
  console.log(`suggest four letters:          ${await timed(21, (nth) => index.suggest(`mot${nth % 10}`, [], scopeOf(GROUPS), 10))}`);
} finally {
  await index.close();
  rmSync(folder, { recursive: true });
}
