import { describe, expect, it } from '@jest/globals';
import { type Manifest, neighboursOf, readManifests } from './neighbours.ts';

const manifests: Manifest[] = [
  { name: 'identity', calls: ['gateway'], follows: ['identity', 'group'] },
  { name: 'group', calls: ['identity'], follows: ['identity', 'group'] },
  { name: 'search', calls: [], follows: ['group'] },
  { name: 'gateway', calls: ['identity', 'group', 'search'], follows: [] },
];

describe('neighbours of a service', () => {
  it('is called by those that call or follow it, and not by itself', () => {
    expect(neighboursOf('group', manifests)).toEqual({ callers: ['gateway', 'identity', 'search'], peers: ['identity'] });
    expect(neighboursOf('search', manifests)).toEqual({ callers: ['gateway'], peers: ['group'] });
  });

  it('refuses a service that no manifest names, on either side', () => {
    expect(() => neighboursOf('post', manifests)).toThrow('post: no service.json names it');
    expect(() => neighboursOf('search', manifests.slice(2, 3))).toThrow('there is no service group');
  });

  it('finds what this release says', () => {
    const read = readManifests();
    for (const { name } of read) expect(() => neighboursOf(name, read)).not.toThrow();
    expect(neighboursOf('gateway', read).callers).toEqual(['identity']);
    expect(neighboursOf('identity', read).callers).toEqual(expect.arrayContaining(['gateway', 'group', 'notification', 'post', 'search']));
  });
});
