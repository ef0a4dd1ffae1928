import { PATHS } from './configuration.ts';
import { SIGNING_ALGORITHM } from './signingKeys.ts';

export interface EmbeddedMetadata {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
  readonly userinfo_endpoint: string;
  readonly revocation_endpoint: string;
  readonly end_session_endpoint: string;
  readonly id_token_signing_alg_values_supported: string[];
  readonly code_challenge_methods_supported: string[];
  readonly response_types_supported: string[];
  readonly subject_types_supported: string[];
}

/** What discovery tells, with the endpoints that servers call at an origin of their own. */
export const metadataOf = (issuer: string, internal: string): EmbeddedMetadata => ({
  issuer,
  authorization_endpoint: `${issuer}${PATHS.authorization}`,
  end_session_endpoint: `${issuer}${PATHS.end_session}`,
  token_endpoint: `${internal}${PATHS.token}`,
  jwks_uri: `${internal}${PATHS.jwks}`,
  userinfo_endpoint: `${internal}${PATHS.userinfo}`,
  revocation_endpoint: `${internal}${PATHS.revocation}`,
  id_token_signing_alg_values_supported: [SIGNING_ALGORITHM],
  code_challenge_methods_supported: ['S256'],
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
});
