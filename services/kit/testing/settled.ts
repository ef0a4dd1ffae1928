import type { EventLog } from '../ports/eventLog.ts';
import type { Service } from '../runtime/service.ts';

/** Longest a test waits for its network to come to rest. */
export const SETTLE_LIMIT_MS = 15_000;

const headsOf = async (logs: readonly EventLog[]): Promise<string> => JSON.stringify(await Promise.all(logs.map((log) => log.heads())));

/**
 * The one barrier of all tests: every consumer has reached every head, and no head has moved meanwhile (what a policy
 * appends moves one). `level()` waits for its consumers, so this neither sleeps nor spins.
 * @throws after SETTLE_LIMIT_MS, naming what lags.
 */
export const settled = async (services: readonly Service[], logs: readonly EventLog[]): Promise<void> => {
  const untilMs = Date.now() + SETTLE_LIMIT_MS;
  for (;;) {
    const before = await headsOf(logs);
    const levels = await Promise.all(services.map((service) => service.level()));
    if (!levels.includes(false) && before === (await headsOf(logs))) return;
    if (Date.now() > untilMs) throw new Error(`not settled: ${await laggards(services)}`);
  }
};

const laggards = async (services: readonly Service[]): Promise<string> => {
  const lines: string[] = [];
  for (const service of services) {
    for (const view of (await service.status()).views) {
      if (view.lag > 0) lines.push(`${service.name} ${view.view} lags ${view.source} by ${view.lag} (${view.state} ${view.reason})`);
    }
  }
  return lines.join('; ') || 'events keep coming';
};
