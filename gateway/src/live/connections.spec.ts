import { describe, expect, it } from '@jest/globals';
import { LIVE_STREAMS_PER_PERSON } from '../limits.ts';
import { createLiveConnections } from './connections.ts';

const connection = (principalKey: string, closed: string[], sessionId?: string) => ({
  principalKey,
  sessionId,
  close: () => void closed.push(sessionId ?? principalKey),
});

describe('live connections', () => {
  it('have a limit per person and one in all', () => {
    const live = createLiveConnections(LIVE_STREAMS_PER_PERSON + 1);
    const forget = Array.from({ length: LIVE_STREAMS_PER_PERSON }, () => live.add(connection('anna', [])));
    expect(() => live.add(connection('anna', []))).toThrow(/of one person/);
    live.add(connection('bert', []));
    expect(() => live.add(connection('cleo', []))).toThrow(/here/);
    forget[0]?.();
    forget[0]?.();
    expect(live.size()).toBe(LIVE_STREAMS_PER_PERSON);
    live.add(connection('anna', []));
  });

  it('end by session, by principal, and all', () => {
    const live = createLiveConnections();
    const closed: string[] = [];
    live.add(connection('anna', closed, 's1'));
    live.add(connection('anna', closed, 's2'));
    live.add(connection('bert', closed));
    live.closeSession('s1');
    expect(closed).toEqual(['s1']);
    live.closePrincipal('anna');
    expect(closed).toEqual(['s1', 's1', 's2']);
    live.closeAll();
    expect(closed.slice(3).sort()).toEqual(['bert', 's1', 's2']);
  });
});
