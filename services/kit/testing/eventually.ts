/** A promise that a test resolves from outside, for what it waits on to happen. */
export interface Signal<T = void> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

export const createSignal = <T = void>(): Signal<T> => {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { promise, resolve };
};

/** Resolves when the condition holds; looks each time the event loop comes round. @throws after the limit. */
export const until = async (condition: () => boolean | Promise<boolean>, what: string, limitMs = 10_000): Promise<void> => {
  const endMs = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error(`did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
};
