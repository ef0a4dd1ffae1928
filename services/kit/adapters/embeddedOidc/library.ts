/**
 * oidc-provider, loaded without its notice about the runtime: it wants a release with an LTS name, and the npm build of the
 * Node this product pins carries none. Every other word of it goes through.
 */
import type { Provider as OidcProvider } from 'oidc-provider';

const NOTICE = 'Unsupported runtime';
const warn = console.warn;
console.warn = (...words: unknown[]) => {
  if (!String(words[0]).includes(NOTICE)) warn(...words);
};
const library = await import('oidc-provider');
console.warn = warn;

export const { Provider, errors, interactionPolicy } = library;
export type Provider = OidcProvider;
