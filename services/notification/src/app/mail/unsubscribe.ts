/** One-click unsubscribe (RFC 8058): the sealed token in the mail is the credential, whoever's mail program hands it in. */
import { invalid } from '@parvis/kit/runtime/errors.ts';
import { personStream, randomId } from '@parvis/kit/runtime/ids.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { preferencesDecider } from '../../domain/preferences.ts';
import type { Parts } from '../parts.ts';
import { preferencesStream } from '../preferencesCommands.ts';

/** How long the link of a mail works. */
export const UNSUBSCRIBE_DAYS = 90;
const DAY_MS = 24 * 60 * 60 * 1000;
const PURPOSE = 'unsubscribe';
/** Path that the gateway serves: POST unsubscribes, GET shows a page that asks. */
const PATH = '/unsubscribe';

interface UnsubscribeToken {
  readonly personId: string;
  readonly untilMs: number;
}

export const unsubscribeUrl = (runtime: ServiceRuntime, publicUrl: string, personId: string): string => {
  const untilMs = runtime.clock.now().getTime() + UNSUBSCRIBE_DAYS * DAY_MS;
  const token = runtime.sealer.seal(PURPOSE, { personId, untilMs } satisfies UnsubscribeToken);
  return `${publicUrl}${PATH}?token=${token}`;
};

/** Sets the cadence of the token's person to off; nothing happens when it is. @throws invalid for a forged or expired token */
export const unsubscribe = async ({ runtime }: Parts, token: string): Promise<void> => {
  const { personId, untilMs } = runtime.sealer.open<UnsubscribeToken>(PURPOSE, token);
  if (untilMs <= runtime.clock.now().getTime()) throw invalid(PURPOSE, 'a link that has not expired');
  // A fresh command id: the same link works again after the person turned mail on once more.
  const meta = { commandId: `unsubscribe/${randomId()}`, requestHash: PURPOSE, actor: personId };
  await runtime.commands.execute(personStream(personId), meta, async (transaction) => {
    await transaction.run(preferencesDecider, preferencesStream(personId), { kind: 'unsubscribe' });
  });
};
