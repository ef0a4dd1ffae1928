/** How much is measured: `full` is what the budgets speak of, `quick` shows within a minute that the bench itself works. */
export interface Sizes {
  readonly name: 'full' | 'quick';
  readonly people: number;
  /** Groups that posts are spread over, and those of them that the reader of the feed is in. */
  readonly groups: number;
  readonly readersGroups: number;
  /** Members of the large group of the smaller network. */
  readonly largeGroup: number;
  readonly smallGroup: number;
  readonly posts: { readonly small: number; readonly search: number; readonly large: number };
  readonly rounds: number;
  /** Seconds of one round under load. */
  readonly loadS: number;
  readonly feedPages: number;
  readonly searchPages: number;
  readonly worstTerms: number;
  readonly readableSamples: number;
  readonly postsPerGroup: number;
  readonly liveReaders: number;
  readonly starts: number;
  readonly idleS: number;
}

export const SIZES: Readonly<Record<Sizes['name'], Sizes>> = {
  full: {
    name: 'full',
    people: 5000,
    groups: 300,
    readersGroups: 30,
    largeGroup: 100_000,
    smallGroup: 10,
    posts: { small: 100_000, search: 500_000, large: 1_000_000 },
    rounds: 3,
    loadS: 20,
    feedPages: 500,
    searchPages: 300,
    worstTerms: 15,
    readableSamples: 60,
    postsPerGroup: 300,
    liveReaders: 5000,
    starts: 6,
    idleS: 30,
  },
  quick: {
    name: 'quick',
    people: 200,
    groups: 60,
    readersGroups: 30,
    largeGroup: 2000,
    smallGroup: 10,
    posts: { small: 3000, search: 6000, large: 12_000 },
    rounds: 2,
    loadS: 2,
    feedPages: 50,
    searchPages: 40,
    worstTerms: 4,
    readableSamples: 10,
    postsPerGroup: 40,
    liveReaders: 200,
    starts: 2,
    idleS: 2,
  },
};

/** Other numbers of posts or rounds than usual: the search and the smaller network keep their share of the posts. */
export const sizesOf = (options: { quick: boolean; posts?: number | undefined; rounds?: number | undefined }): Sizes => {
  const sizes = options.quick ? SIZES.quick : SIZES.full;
  const { posts: large = sizes.posts.large, rounds = sizes.rounds } = options;
  const share = (part: number): number => Math.round((large * part) / sizes.posts.large);
  return { ...sizes, rounds, posts: { small: share(sizes.posts.small), search: share(sizes.posts.search), large } };
};
