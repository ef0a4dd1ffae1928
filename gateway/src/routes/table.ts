/** Every operation of the API. */

import type { BrowserSessions } from '../auth/browserSessions.ts';
import type { Operation } from '../http/operation.ts';
import type { LiveConnections } from '../live/connections.ts';
import { audit } from './audit.ts';
import { comments } from './comments.ts';
import { exportData } from './export.ts';
import { feed } from './feed.ts';
import { files } from './files.ts';
import { groups } from './groups.ts';
import { health } from './health.ts';
import { invitations } from './invitations.ts';
import { live } from './live.ts';
import { me } from './me.ts';
import { members } from './members.ts';
import { notifications } from './notifications.ts';
import { openApi } from './openApi.ts';
import { organisations } from './organisations.ts';
import { people } from './people.ts';
import { posts } from './posts.ts';
import { preferences } from './preferences.ts';
import { reactions } from './reactions.ts';
import { reports } from './reports.ts';
import { search } from './search.ts';
import { sessions } from './sessions.ts';
import { settings } from './settings.ts';

export interface TableParts {
  readonly connections: LiveConnections;
  readonly browserSessions: BrowserSessions;
}

export const createOperations = ({ connections, browserSessions }: TableParts): readonly Operation[] => {
  const operations: readonly Operation[] = [
    ...me,
    ...people,
    ...organisations,
    ...invitations,
    ...groups,
    ...members,
    ...posts,
    ...comments,
    ...reactions,
    ...feed,
    ...search,
    ...notifications,
    ...preferences,
    ...live(connections, browserSessions),
    ...files,
    ...reports,
    ...audit,
    ...settings,
    ...sessions(connections),
    ...exportData,
    ...health(() => connections.size()),
  ];
  return [...operations, ...openApi(operations)];
};
