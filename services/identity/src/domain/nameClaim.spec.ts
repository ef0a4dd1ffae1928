import { describe, expect, it } from '@jest/globals';
import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import { type NameCommand, nameDecider } from './nameClaim.ts';

const after = (...commands: NameCommand[]) =>
  commands.reduce((state, command) => nameDecider.decide(state, command).reduce(nameDecider.evolve, state), nameDecider.initial);
const claim = (owner: string, from?: string): NameCommand => ({ kind: 'claim', owner, from });

describe('a name', () => {
  it('belongs to who claimed it, unless that claim was made void', () => {
    expect(after(claim('a')).owner).toBe('a');
    let code = '';
    try {
      nameDecider.decide(after(claim('a')), claim('b'));
    } catch (error) {
      if (isParvisError(error)) code = error.code;
    }
    expect(code).toBe('name.taken');
    expect(after(claim('a'), claim('b', 'a')).owner).toBe('b');
  });

  it('is claimed in writing even by who holds it, so that a takeover in flight loses', () => {
    expect(nameDecider.decide(after(claim('a')), claim('a'))).toHaveLength(1);
  });

  it('is released by its owner alone', () => {
    expect(after(claim('a'), { kind: 'release', owner: 'b' }).owner).toBe('a');
    expect(after(claim('a'), { kind: 'release', owner: 'a' }).owner).toBeUndefined();
    expect(nameDecider.decide(nameDecider.initial, { kind: 'release', owner: 'a' })).toEqual([]);
  });
});
