import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  base64url,
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JSONWebKeySet,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';
import type { TokenVerifier } from '../../ports/tokenVerifier.ts';

/** What the verifier under test is told to trust. */
export interface TrustedTestIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly authorisedParties: readonly string[];
  /** Present keys of the issuer; the suite rotates them. */
  keys(): JSONWebKeySet;
}

const ISSUER = 'https://sign-in.example/realms/parvis';
const AUDIENCE = 'parvis-api';
const PARTY = 'parvis-web';

interface Signer {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

const signer = async (alg: string, kid: string): Promise<Signer> => ({ alg, kid, ...(await generateKeyPair(alg, { extractable: true })) });
const nowS = (): number => Math.floor(Date.now() / 1000);

type Claims = Record<string, unknown>;
const claims = (changes: Claims = {}): Claims => ({
  iss: ISSUER,
  aud: AUDIENCE,
  azp: PARTY,
  sub: 'subject-1',
  sid: 'session-1',
  scope: 'openid email',
  iat: nowS(),
  exp: nowS() + 300,
  ...changes,
});
const without = (name: string): Claims => Object.fromEntries(Object.entries(claims()).filter(([key]) => key !== name));

const sign = (by: Signer, payload: Claims, header: Partial<JWTHeaderParameters> = {}): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: by.alg, kid: by.kid, typ: 'at+jwt', ...header }).sign(by.privateKey);

const encode = (value: unknown): string => base64url.encode(JSON.stringify(value));

/** What every TokenVerifier accepts and, above all, refuses. */
export const tokenVerifierContract = (name: string, open: (trusted: TrustedTestIssuer) => Promise<TokenVerifier>): void => {
  describe(`token verifier: ${name}`, () => {
    let rsa: Signer;
    let ec: Signer;
    let ed: Signer;
    let pss: Signer;
    let stranger: Signer;
    let verifier: TokenVerifier;

    beforeAll(async () => {
      [rsa, ec, ed, pss, stranger] = await Promise.all([
        signer('RS256', 'rsa-1'),
        signer('ES256', 'ec-1'),
        signer('EdDSA', 'ed-1'),
        signer('PS256', 'pss-1'),
        signer('RS256', 'rsa-1'),
      ]);
      const keys = await Promise.all(
        [rsa, ec, ed, pss].map(async ({ alg, kid, publicKey }) => ({ ...(await exportJWK(publicKey)), alg, kid, use: 'sig' })),
      );
      verifier = await open({
        issuer: ISSUER,
        audience: AUDIENCE,
        authorisedParties: [PARTY, 'parvis-cli', 'integrator'],
        keys: () => ({ keys }),
      });
    });
    afterAll(() => verifier.close());

    const expectRefused = async (token: string, code = 'token-invalid'): Promise<void> => {
      await expect(verifier.verify(token)).rejects.toMatchObject({ name: 'ParvisError', kind: 'unauthenticated', code });
    };

    describe('accepts', () => {
      it('a token as it should be and tells who', async () => {
        const exp = nowS() + 300;
        const token = await sign(rsa, claims({ exp, email: 'a@example.org', email_verified: true, realm_access: { roles: ['admin'] } }));
        expect(await verifier.verify(token)).toEqual({
          issuer: ISSUER,
          subject: 'subject-1',
          authorisedParty: PARTY,
          scopes: ['openid', 'email'],
          expiresAt: new Date(exp * 1000),
          sessionId: 'session-1',
          client: false,
          email: 'a@example.org',
          emailVerified: true,
          providerRoles: ['admin'],
        });
      });

      it('every algorithm with a public key', async () => {
        for (const by of [rsa, ec, ed, pss])
          expect(await verifier.verify(await sign(by, claims()))).toMatchObject({ subject: 'subject-1' });
      });

      it('an audience among several, and a client id where there is no azp', async () => {
        const token = await sign(rsa, { ...without('azp'), client_id: 'parvis-cli', aud: ['other', AUDIENCE] });
        expect(await verifier.verify(token)).toMatchObject({ authorisedParty: 'parvis-cli' });
      });

      it('a clock that is a few seconds off', async () => {
        await verifier.verify(await sign(rsa, claims({ exp: nowS() - 5 })));
        await verifier.verify(await sign(rsa, claims({ nbf: nowS() + 5, iat: nowS() + 5 })));
      });

      it('service accounts, and tells them from people', async () => {
        const ownSubject = await sign(rsa, { ...without('sid'), azp: 'integrator', sub: 'integrator' });
        const keycloak = await sign(rsa, {
          ...without('sid'),
          azp: 'integrator',
          client_id: 'integrator',
          preferred_username: 'service-account-integrator',
        });
        const posing = await sign(rsa, claims({ preferred_username: 'service-account-integrator' }));
        expect(await verifier.verify(ownSubject)).toMatchObject({ client: true });
        expect(await verifier.verify(keycloak)).toMatchObject({ client: true });
        expect(await verifier.verify(posing)).toMatchObject({ client: false });
      });
    });

    describe('refuses', () => {
      it.each(['', 'x', 'a.b', 'a.b.c', '..', `${'a'.repeat(20_000)}.b.c`, 'eyJhbGciOiJub25lIn0..'])('what is no token: %.20s', (text) =>
        expectRefused(text),
      );

      it('no signature (alg none), in any spelling', async () => {
        for (const alg of ['none', 'None', 'NONE', '']) {
          await expectRefused(`${encode({ alg, typ: 'at+jwt', kid: rsa.kid })}.${encode(claims())}.`);
        }
      });

      it('a public key taken for a shared secret (HS256)', async () => {
        const spki = await exportSPKI(rsa.publicKey);
        const jwk = JSON.stringify(await exportJWK(rsa.publicKey));
        for (const secret of [spki, spki.trim(), jwk]) {
          const signed = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: rsa.kid })}.${encode(claims())}`;
          await expectRefused(`${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`);
        }
      });

      it('an algorithm that is not on the list', async () => {
        const weak = await signer('RS512', rsa.kid);
        await expectRefused(await sign(weak, claims()));
      });

      it('the right key id with another key, and a key that the token brings along', async () => {
        await expectRefused(await sign(stranger, claims()));
        const jwk = await exportJWK(stranger.publicKey);
        await expectRefused(await sign(stranger, claims(), { jwk }));
        await expectRefused(await sign(stranger, claims(), { jku: 'https://evil.example/keys' }));
      });

      it('an unknown key id', async () => expectRefused(await sign({ ...stranger, kid: 'unknown' }, claims())));

      it('a changed claim under an old signature', async () => {
        const [header, , signature] = (await sign(rsa, claims())).split('.');
        await expectRefused(`${header}.${encode(claims({ sub: 'subject-2' }))}.${signature}`);
      });

      it('another issuer, audience or authorised party', async () => {
        await expectRefused(await sign(rsa, claims({ iss: 'https://evil.example/realms/parvis' })));
        await expectRefused(await sign(rsa, claims({ iss: `${ISSUER}/` })));
        await expectRefused(await sign(rsa, claims({ aud: 'account' })));
        await expectRefused(await sign(rsa, claims({ aud: [] })));
        await expectRefused(await sign(rsa, claims({ azp: 'other-client' })));
        await expectRefused(await sign(rsa, claims({ azp: PARTY, client_id: 'other-client' })));
      });

      it.each(['iss', 'aud', 'sub', 'exp', 'iat', 'azp'])('a token without %s', async (claim) =>
        expectRefused(await sign(rsa, without(claim))),
      );

      it('an expired token, as such, so that a client refreshes', async () => {
        await expectRefused(await sign(rsa, claims({ exp: nowS() - 120, iat: nowS() - 600 })), 'token-expired');
      });

      it('an unknown issuer without looking at its expiry', async () => {
        await expectRefused(await sign(rsa, claims({ iss: 'https://evil.example', exp: nowS() - 600 })));
      });

      it('a token that is not valid yet', async () => expectRefused(await sign(rsa, claims({ nbf: nowS() + 120 }))));

      it('tokens of another type: id, logout, refresh, and of none', async () => {
        await expectRefused(await sign(rsa, claims(), { typ: 'logout+jwt' }));
        await expectRefused(await sign(rsa, claims(), { typ: undefined as never }));
        await expectRefused(await sign(rsa, claims({ typ: 'ID' })));
        await expectRefused(await sign(rsa, claims({ typ: 'Refresh' })));
      });

      it('claims of the wrong shape', async () => {
        await expectRefused(await sign(rsa, claims({ sub: '' })));
        await expectRefused(await sign(rsa, claims({ sub: 'x'.repeat(256) })));
        await expectRefused(await sign(rsa, claims({ email_verified: 'true' })));
        await expectRefused(await sign(rsa, claims({ azp: ['parvis-web'] })));
      });

      it('an unknown critical header', async () => {
        const signed = `${encode({ alg: 'RS256', typ: 'at+jwt', kid: rsa.kid, crit: ['must-understand'], 'must-understand': true })}.${encode(claims())}`;
        const signature = new Uint8Array(await crypto.subtle.sign('RSASSA-PKCS1-v1_5', rsa.privateKey, new TextEncoder().encode(signed)));
        await expectRefused(`${signed}.${base64url.encode(signature)}`);
      });
    });
  });
};
