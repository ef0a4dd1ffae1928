import { describe, expect, it } from '@jest/globals';
import { GroupPrivacy } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import { GROUP_LIMITS, type GroupCommand, type GroupState, groupDecider } from './group.ts';

const { initial, evolve, decide } = groupDecider;
const after = (...commands: GroupCommand[]): GroupState =>
  commands.reduce((state, command) => decide(state, command).reduce(evolve, state), initial);

const details = { name: 'Accounting', purpose: 'Close the year', language: 'en', imageFileId: '' };
const create: GroupCommand = { kind: 'create', details, privacy: GroupPrivacy.RESTRICTED, admitsPartners: false, by: 'ann' };

describe('group', () => {
  it('is created with its creator as owner', () => {
    expect(after(create)).toMatchObject({ exists: true, owners: ['ann'], name: 'Accounting', privacy: GroupPrivacy.RESTRICTED });
  });

  it('is never without an owner', () => {
    expect(() => decide(after(create), { kind: 'removeOwner', personId: 'ann', by: 'ann' })).toThrow(/never without an owner/);
    const two = after(create, { kind: 'addOwner', personId: 'ben', by: 'ann' }, { kind: 'removeOwner', personId: 'ann', by: 'ben' });
    expect(two.owners).toEqual(['ben']);
  });

  it('opens only when the owner names posts and readers', () => {
    const open: GroupCommand = {
      kind: 'changePrivacy',
      privacy: GroupPrivacy.OPEN,
      confirmedPosts: undefined,
      confirmedReaders: 42,
      by: 'ann',
    };
    expect(() => decide(after(create), open)).toThrow(/confirmedPosts/);
    expect(decide(after(create), { ...open, confirmedPosts: 7 })).toEqual([
      { $case: 'groupPrivacyChanged', value: { privacy: GroupPrivacy.OPEN, by: 'ann', confirmedPosts: 7, confirmedReaders: 42 } },
    ]);
  });

  it('closes without a confirmation', () => {
    const hide: GroupCommand = {
      kind: 'changePrivacy',
      privacy: GroupPrivacy.HIDDEN,
      confirmedPosts: undefined,
      confirmedReaders: undefined,
      by: 'ann',
    };
    expect(after(create, hide).privacy).toBe(GroupPrivacy.HIDDEN);
  });

  it('refuses changes while archived and takes them again when reopened', () => {
    const rename: GroupCommand = { kind: 'change', details: { name: 'Ledger' }, by: 'ann' };
    const archived = after(create, { kind: 'archive', by: 'ann' });
    expect(() => decide(archived, rename)).toThrow(/archived/);
    expect(after(create, { kind: 'archive', by: 'ann' }, { kind: 'reopen', by: 'ann' }, rename).name).toBe('Ledger');
  });

  it('says nothing when a wish is fulfilled already', () => {
    expect(decide(after(create), { kind: 'change', details: { name: ' Accounting ' }, by: 'ann' })).toEqual([]);
    expect(decide(after(create), { kind: 'addOwner', personId: 'ann', by: 'ann' })).toEqual([]);
    expect(decide(after(create), { kind: 'changeAdmission', admitsPartners: false, by: 'ann' })).toEqual([]);
  });

  it.each([
    ['an empty name', { name: '  ' }],
    ['a name over the limit', { name: 'n'.repeat(GROUP_LIMITS.name + 1) }],
    ['a purpose over the limit', { purpose: 'p'.repeat(GROUP_LIMITS.purpose + 1) }],
    ['a language it does not know', { language: 'tlh' }],
    ['control characters', { name: 'a\u0007b' }],
  ])('refuses %s', (_, wrong) => {
    expect(() => decide(initial, { ...create, details: { ...details, ...wrong } })).toThrow(/expected/);
  });

  it('accepts texts at their limits', () => {
    const full = { ...details, name: 'n'.repeat(GROUP_LIMITS.name), purpose: 'p'.repeat(GROUP_LIMITS.purpose) };
    expect(after({ ...create, details: full }).name).toHaveLength(GROUP_LIMITS.name);
  });

  it('is taken over openly, with a reason of some length', () => {
    expect(() => decide(after(create), { kind: 'takeOver', personId: 'root', reason: 'because' })).toThrow(/reason/);
    const taken = after(create, { kind: 'takeOver', personId: 'root', reason: 'The owner has left the company' });
    expect(taken.owners).toEqual(['ann', 'root']);
  });

  it('has a most of owners', () => {
    const many = Array.from(
      { length: GROUP_LIMITS.owners - 1 },
      (_, n): GroupCommand => ({ kind: 'addOwner', personId: `p${n}`, by: 'ann' }),
    );
    const full = after(create, ...many);
    expect(full.owners).toHaveLength(GROUP_LIMITS.owners);
    expect(() => decide(full, { kind: 'addOwner', personId: 'one-more', by: 'ann' })).toThrow(/at most/);
  });
});
