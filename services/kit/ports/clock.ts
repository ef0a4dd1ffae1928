/** Time and randomness, so that tests own them. */
export interface Clock {
  now(): Date;
  /** Calls back once after the delay; returns a function that cancels. */
  after(delayMs: number, callback: () => void): () => void;
}
