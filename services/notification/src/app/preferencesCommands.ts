/** Commands about one's own preferences. */
import { mayRead } from '@parvis/access/src/mayRead.ts';
import type { ExecuteRequest, GetPreferencesResponse } from '@parvis/contracts/gen/parvis/notification/v1/service.ts';
import type { CommandMeta, CommandOutcome } from '@parvis/kit/eventing/command.ts';
import { invalid, notFound, preconditionFailed, unavailable } from '@parvis/kit/runtime/errors.ts';
import { groupOfPost, isSimpleId, personStream } from '@parvis/kit/runtime/ids.ts';
import type { Entered, ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { type PreferencesCommand, preferencesDecider } from '../domain/preferences.ts';
import type { ItemRow } from '../views/postInboxView.ts';
import { isClosed } from './visibility.ts';
import { loadWishes } from './wishes.ts';

export const preferencesStream = (personId: string): string => `${personStream(personId)}/preferences`;

type Command = NonNullable<ExecuteRequest['command']>;

/** @throws notFound for a group that is not there or that the person may not know of, alike. */
const mustSeeGroup = async (runtime: ServiceRuntime, entered: Entered, groupId: string, kind: 'group-card' | 'group-content') => {
  const known = isSimpleId(groupId)
    ? await Promise.all([runtime.facts.group(groupId), runtime.facts.membership(groupId, entered.personId)])
    : [undefined, undefined];
  const [group, membership] = known;
  if (!group || !mayRead(entered.viewer, { kind, group, membership }, entered.nowMs)) {
    throw notFound(kind === 'group-card' ? 'group' : 'post');
  }
  if (isClosed(entered.viewer, group) && !runtime.factsFresh()) {
    throw unavailable('access.stale', 'who may read this is not known for certain right now; try again shortly');
  }
};

const planned = async (runtime: ServiceRuntime, entered: Entered, command: Command): Promise<PreferencesCommand> => {
  switch (command.$case) {
    case 'setGroupLevel':
      await mustSeeGroup(runtime, entered, command.value.groupId, 'group-card');
      return { kind: 'setGroupLevel', ...command.value };
    case 'setMailCadence':
      return { kind: 'setMailCadence', ...command.value };
    case 'setThreadFollow': {
      const { groupId, postId } = command.value;
      if (groupOfPost(postId) !== groupId) throw invalid('postId', 'a post of the group');
      await mustSeeGroup(runtime, entered, groupId, 'group-content');
      if (!(await runtime.view('postInbox').get<ItemRow>('items', postId))) throw notFound('post');
      return { kind: 'setThreadFollow', ...command.value };
    }
    default:
      return command satisfies never;
  }
};

export interface PreferencesCall {
  readonly runtime: ServiceRuntime;
  readonly entered: Entered;
  readonly meta: CommandMeta;
  readonly expectedVersion: number | undefined;
}

/** @throws invalid, notFound, preconditionFailed; the domain's rules. */
export const changePreferences = async (call: PreferencesCall, command: Command): Promise<CommandOutcome<unknown>> => {
  const { runtime, entered, meta, expectedVersion } = call;
  const wish = await planned(runtime, entered, command);
  const stream = preferencesStream(entered.personId);
  return runtime.commands.execute(personStream(entered.personId), meta, async (transaction) => {
    const { version } = await transaction.load(preferencesDecider, stream);
    if (expectedVersion !== undefined && expectedVersion !== version) throw preconditionFailed(version);
    await transaction.run(preferencesDecider, stream, wish);
  });
};

export const getPreferences = async (runtime: ServiceRuntime, personId: string): Promise<GetPreferencesResponse> => {
  const { levels, cadence, digestHour, timeZone, version } = await loadWishes(runtime, personId);
  return { groupLevels: [...levels].map(([groupId, level]) => ({ groupId, level })), cadence, digestHour, timeZone, version };
};
