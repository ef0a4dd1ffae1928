/** Runs bodies of one lane one after the other: a batch, a release and a catch-up never meet in a lane. */
export interface LaneLocks {
  run<T>(lane: number, body: () => Promise<T>): Promise<T>;
}

export const createLaneLocks = (): LaneLocks => {
  const tails = new Map<number, Promise<unknown>>();
  return {
    run(lane, body) {
      const before = tails.get(lane) ?? Promise.resolve();
      const mine = before.then(body, body);
      tails.set(
        lane,
        mine.then(
          () => undefined,
          () => undefined,
        ),
      );
      return mine;
    },
  };
};
