/** An identity provider that signs in whoever asks: code + PKCE, refresh rotation with reuse detection, logout tokens. */
import { createHash, randomUUID } from 'node:crypto';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export interface FakeProvider {
  readonly issuer: string;
  /** Seconds an access token of the next sign-in or refresh lives. */
  accessSeconds: number;
  /** What the next id tokens say instead of the truth. */
  claims: JWTPayload;
  /** Who signs in next. */
  subject: string;
  /** Set: /token answers 503. */
  away: boolean;
  /** Refresh requests seen. */
  readonly refreshes: string[];
  logoutToken(claims: JWTPayload, issuer?: string): Promise<string>;
  stop(): Promise<void>;
}

interface Code {
  readonly challenge: string;
  readonly nonce: string;
  readonly redirectUri: string;
}

const form = async (request: http.IncomingMessage): Promise<URLSearchParams> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
};

export const CLIENT_ID = 'parvis-web';

export const startFakeProvider = async (): Promise<FakeProvider> => {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  const codes = new Map<string, Code>();
  const refreshTokens = new Set<string>();
  const server = http.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realms/parvis`;
  const sign = (claims: JWTPayload, lifeSeconds: number, from = issuer, type = 'JWT'): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'one', typ: type })
      .setIssuer(from)
      .setIssuedAt()
      .setExpirationTime(claims.exp ?? Math.floor(Date.now() / 1000) + lifeSeconds)
      .sign(privateKey);

  const provider: FakeProvider = {
    issuer,
    accessSeconds: 300,
    claims: {},
    subject: 'anna',
    away: false,
    refreshes: [],
    logoutToken: (claims, from) => sign({ aud: CLIENT_ID, jti: randomUUID(), ...claims }, 120, from, 'logout+jwt'),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };

  const tokens = async (nonce: string | undefined): Promise<object> => {
    const refreshToken = randomUUID();
    refreshTokens.add(refreshToken);
    const { subject } = provider;
    const identity = { sub: subject, aud: CLIENT_ID, sid: `sid-${subject}`, email: `${subject}@host.example`, email_verified: true };
    return {
      access_token: `token-${subject}-${randomUUID()}`,
      token_type: 'Bearer',
      expires_in: provider.accessSeconds,
      refresh_token: refreshToken,
      id_token: await sign(
        { ...identity, given_name: 'Given', family_name: 'Family', ...(nonce ? { nonce } : {}), ...provider.claims },
        300,
      ),
    };
  };

  const exchange = async (parameters: URLSearchParams): Promise<object | undefined> => {
    if (parameters.get('grant_type') === 'refresh_token') {
      const given = parameters.get('refresh_token') ?? '';
      provider.refreshes.push(given);
      return refreshTokens.delete(given) ? tokens(undefined) : undefined;
    }
    const code = codes.get(parameters.get('code') ?? '');
    codes.delete(parameters.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(parameters.get('code_verifier') ?? '')
      .digest('base64url');
    if (!code || code.challenge !== challenge || code.redirectUri !== parameters.get('redirect_uri')) return undefined;
    return tokens(code.nonce);
  };

  const authorize = (query: URLSearchParams): string => {
    const code = randomUUID();
    const redirectUri = query.get('redirect_uri') ?? '';
    codes.set(code, { challenge: query.get('code_challenge') ?? '', nonce: query.get('nonce') ?? '', redirectUri });
    return `${redirectUri}?${new URLSearchParams({ code, state: query.get('state') ?? '', iss: issuer })}`;
  };

  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/certs`,
    end_session_endpoint: `${issuer}/logout`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    id_token_signing_alg_values_supported: ['RS256'],
    authorization_response_iss_parameter_supported: true,
  };

  server.on('request', async (request, response) => {
    const url = new URL(request.url ?? '/', issuer);
    const json = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (url.pathname.endsWith('/.well-known/openid-configuration')) return json(200, metadata);
    if (url.pathname.endsWith('/certs')) return json(200, { keys: [jwk] });
    if (url.pathname.endsWith('/auth')) return void response.writeHead(303, { location: authorize(url.searchParams) }).end();
    if (url.pathname.endsWith('/token')) {
      if (provider.away) return json(503, {});
      const answer = await exchange(await form(request));
      return answer ? json(200, answer) : json(400, { error: 'invalid_grant' });
    }
    return json(404, {});
  });
  return provider;
};
