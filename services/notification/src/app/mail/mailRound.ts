/** Sends mail in rounds: when something was recorded, and every minute for what is due. */
import type { Parts } from '../parts.ts';
import { sendDigests } from './digests.ts';
import { sendDue } from './outbox.ts';

export const MAIL_ROUND_MS = 60_000;
/** Everyone's digest is looked at this often; time zones are apart by quarters of an hour. */
export const DIGEST_ROUND_MS = 5 * 60_000;

export interface MailRound {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Something may be waiting. */
  wake(): void;
  /** Resolves when no round is running and none was asked for. */
  idle(): Promise<void>;
}

export const createMailRound = (parts: Parts): MailRound => {
  const { clock, logger } = parts.runtime;
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = true;
  let digestsAtMs = Number.NEGATIVE_INFINITY;
  let cancel = (): void => undefined;

  const digestsDue = (): boolean => clock.now().getTime() - digestsAtMs >= DIGEST_ROUND_MS;
  const round = async (): Promise<void> => {
    do {
      again = false;
      try {
        await sendDue(parts);
        if (digestsDue()) {
          const atMs = clock.now().getTime();
          await sendDigests(parts, () => stopped);
          digestsAtMs = atMs;
        }
      } catch (error) {
        logger.error({ err: error }, 'a round of mail failed; the next one goes on');
      }
    } while (again && !stopped);
    running = undefined;
  };
  const wake = (): void => {
    if (stopped) return;
    again = true;
    running ??= round();
  };
  const next = (): void => {
    cancel = clock.after(MAIL_ROUND_MS, () => {
      wake();
      next();
    });
  };
  return {
    wake,
    async idle() {
      while (running !== undefined) await running;
    },
    async start() {
      stopped = false;
      wake();
      next();
    },
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
};
