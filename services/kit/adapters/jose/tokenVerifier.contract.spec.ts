import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { TokenVerifier } from '../../ports/tokenVerifier.ts';
import { type TrustedTestIssuer, tokenVerifierContract } from '../../testing/contracts/tokenVerifierContract.ts';
import { localKeys, remoteKeys } from './keySource.ts';
import { createJoseVerifier, type TokenAlgorithm } from './tokenVerifier.ts';

tokenVerifierContract('jose, keys in this process', async (trusted) =>
  createJoseVerifier({ issuers: [{ ...trusted, keys: localKeys(trusted.keys) }] }),
);

/** Serves the keys over HTTP as an identity provider does. */
const overHttp = async (trusted: TrustedTestIssuer): Promise<TokenVerifier> => {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(trusted.keys()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/certs`;
  const verifier = createJoseVerifier({ issuers: [{ ...trusted, keys: remoteKeys({ url }) }] });
  return {
    verify: verifier.verify,
    close: async () => {
      await verifier.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
tokenVerifierContract('jose, keys over HTTP', overHttp);

describe('options of the jose verifier', () => {
  const issuer = { issuer: 'https://i.example', audience: 'parvis-api', authorisedParties: ['a'], keys: localKeys(() => ({ keys: [] })) };
  it.each(['HS256', 'none', 'RS1'])('refuse the algorithm %s', (algorithm) => {
    expect(() => createJoseVerifier({ issuers: [{ ...issuer, algorithms: [algorithm as TokenAlgorithm] }] })).toThrow('algorithms');
  });
  it('refuse no algorithm, no audience and a leeway above a minute', () => {
    expect(() => createJoseVerifier({ issuers: [{ ...issuer, algorithms: [] }] })).toThrow('algorithms');
    expect(() => createJoseVerifier({ issuers: [{ ...issuer, audience: '' }] })).toThrow('audience');
    expect(() => createJoseVerifier({ issuers: [issuer], leewayS: 61 })).toThrow('leeway');
    expect(() => createJoseVerifier({ issuers: [issuer], leewayS: 60 })).not.toThrow();
  });
});
