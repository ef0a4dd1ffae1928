import { describe, expect, it } from '@jest/globals';
import { HASHTAGS_LIMIT, MENTIONS_LIMIT } from '../domain/limits.ts';
import { namedIn } from './markdown.ts';

const letters = 'abcdefghijklmnopqrstuvwxyz';
const idOf = (n: number): string => `p${letters[Math.floor(n / 26)]}${letters[n % 26]}`;

describe('what a Markdown text names', () => {
  it('finds people in order, once each', () => {
    expect(namedIn('Hi @[person:bbb], **see @[person:aaa]** and @[person:bbb]\n\n> @[person:ccc]').mentions).toEqual(['bbb', 'aaa', 'ccc']);
  });

  it('finds nobody in code, links, images and HTML', () => {
    const text =
      '`@[person:aaa] #x`\n\n```\n@[person:bbb] #y\n```\n\n    @[person:ccc]\n\n<b title="@[person:ddd]">#z</b> [#w](http://a/#v)';
    expect(namedIn(text)).toEqual({ mentions: [], hashtags: ['z'] });
  });

  it('finds nobody behind an escape', () => {
    expect(namedIn('@\\[person:aaa\\]').mentions).toEqual(['aaa']);
    expect(namedIn('@[person:AAA] @[person:] @[person:a b] @[group:aaa]').mentions).toEqual([]);
  });

  it('finds hashtags with letters of any script, lower case, once each', () => {
    expect(namedIn('#Été et #été, (#plan_2027) #1 a#b http://x/#frag &#35; ##double').hashtags).toEqual(['été', 'plan_2027']);
  });

  it('does not take a heading for a hashtag, and a hashtag at the start of a line for a heading', () => {
    expect(namedIn('# Heading\n\n#launch today').hashtags).toEqual(['launch']);
  });

  it('holds the limits', () => {
    const people = (count: number) => Array.from({ length: count }, (_, n) => `@[person:${idOf(n)}]`).join(' ');
    expect(namedIn(people(MENTIONS_LIMIT)).mentions).toHaveLength(MENTIONS_LIMIT);
    expect(() => namedIn(people(MENTIONS_LIMIT + 1))).toThrow('at most 50 people');
    const tags = (count: number) => Array.from({ length: count }, (_, n) => `#${idOf(n)}`).join(' ');
    expect(namedIn(tags(HASHTAGS_LIMIT)).hashtags).toHaveLength(HASHTAGS_LIMIT);
    expect(() => namedIn(tags(HASHTAGS_LIMIT + 1))).toThrow('at most 30 hashtags');
  });

  it('takes a line of nothing but nesting without it', () => {
    expect(namedIn(`${'> '.repeat(5_000)}@[person:aaa]`).mentions).toEqual(['aaa']);
  });

  it('finds what is emphasised', () => {
    expect(namedIn('_#été_ __@[person:aaa]__ ***#two***')).toEqual({ mentions: ['aaa'], hashtags: ['été', 'two'] });
  });

  it.each([
    '*a_ '.repeat(12_000),
    '- * + '.repeat(8_000),
    '1. '.repeat(16_000),
    '[a]('.repeat(12_000),
    '[@'.repeat(25_000),
    '`'.repeat(50_000),
    '@[person:'.repeat(5_000),
    '*'.repeat(49_999),
  ])('reads a hostile text of full length in bounded time', (text) => {
    const startedMs = performance.now();
    namedIn(text.includes('@') ? text : `@${text}`);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  });
});
