/** Cookies of the gateway: HttpOnly, SameSite=Lax, and over https `__Host-` bound and Secure. */

export interface Cookies {
  readonly session: string;
  /** Cookie of one sign-in under way; several may run side by side. */
  login(state: string): string;
  set(name: string, value: string, maxAgeMs: number): string;
  clear(name: string): string;
}

/** @param secure the network is served over https */
export const createCookies = (secure: boolean): Cookies => {
  const prefix = secure ? '__Host-' : '';
  const attributes = `; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  return {
    session: `${prefix}parvis`,
    login: (state) => `${prefix}parvis-login-${state.replace(/[^\w-]/g, '').slice(0, 12)}`,
    set: (name, value, maxAgeMs) => `${name}=${value}${attributes}; Max-Age=${Math.floor(maxAgeMs / 1000)}`,
    clear: (name) => `${name}=${attributes}; Max-Age=0`,
  };
};

/**
 * @returns the path when it leads nowhere but here, otherwise `/`. Refuses other origins, `//host`, `/\host`, control
 * characters and the sign-in's own addresses (no loops).
 */
export const localPath = (path: unknown, publicUrl: string): string => {
  if (typeof path !== 'string' || path.length > 2_000 || !path.startsWith('/') || /[\\\p{Cc}]/u.test(path)) return '/';
  const base = new URL(publicUrl);
  const target = URL.parse(path, base);
  if (!target || target.origin !== base.origin || path.startsWith('//') || target.pathname.startsWith('//')) return '/';
  if (target.pathname.startsWith('/auth/')) return '/';
  return `${target.pathname}${target.search}${target.hash}`;
};
