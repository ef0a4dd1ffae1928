/**
 * Who calls: services of one network show each other short-lived signed statements (JWT, HS256) under a key derived
 * from the network key. A pod without the key calls nothing; a pod with it is trusted to name itself honestly, which the
 * allow-list of callers bounds to the arrows written in the service.json files.
 */
import { errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { unauthenticated } from './errors.ts';

/** Purpose to derive the key for: `sealer.derive(SERVICE_IDENTITY_PURPOSE)`. */
export const SERVICE_IDENTITY_PURPOSE = 'service-identity';

/** A statement lives this long and is signed anew when half of it has passed. */
export const STATEMENT_LIFETIME_S = 60;
/** Clocks of two machines may differ by this much. */
export const STATEMENT_LEEWAY_S = 30;

const ALGORITHM = 'HS256';
const TYPE = 'parvis-service+jwt';
const SERVICE_NAME = /^[a-z][a-z0-9-]{0,40}$/;
/** Verified statements that are remembered; one per caller and half-life is enough. */
const REMEMBERED_STATEMENTS = 500;

export interface ServiceIdentity {
  /** Own name, e.g. `post`. */
  readonly service: string;
  /** A statement for the service it calls. */
  statementFor(audience: string): Promise<string>;
  /** @returns the caller's name. @throws unauthenticated `service-identity` */
  verify(statement: string): Promise<string>;
}

const refused = (): Error => unauthenticated('service-identity', 'a valid statement of a service of this network is needed');

/** @param key 32 bytes derived from the network key. @param nowMs for tests; real time otherwise. */
export const createServiceIdentity = (service: string, key: Uint8Array, nowMs: () => number = Date.now): ServiceIdentity => {
  if (!SERVICE_NAME.test(service)) throw new Error(`service name ${service}: expected lower-case letters, digits and dashes`);
  if (key.length !== 32) throw new Error('key of the service identity: expected 32 bytes');
  const own = new Map<string, { statement: string; renewAtMs: number }>();
  const verified = new LRUCache<string, { caller: string; untilMs: number }>({ max: REMEMBERED_STATEMENTS });

  const statementFor = async (audience: string): Promise<string> => {
    const known = own.get(audience);
    if (known && nowMs() < known.renewAtMs) return known.statement;
    const issuedAt = Math.floor(nowMs() / 1000);
    const statement = await new SignJWT()
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
      .setIssuer(service)
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + STATEMENT_LIFETIME_S)
      .sign(key);
    own.set(audience, { statement, renewAtMs: nowMs() + (STATEMENT_LIFETIME_S / 2) * 1000 });
    return statement;
  };

  const verify = async (statement: string): Promise<string> => {
    const known = verified.get(statement);
    if (known && nowMs() < known.untilMs) return known.caller;
    try {
      const { payload } = await jwtVerify(statement, key, {
        algorithms: [ALGORITHM],
        typ: TYPE,
        audience: service,
        clockTolerance: STATEMENT_LEEWAY_S,
        maxTokenAge: STATEMENT_LIFETIME_S,
        requiredClaims: ['iss', 'exp', 'iat'],
        currentDate: new Date(nowMs()),
      });
      if (!payload.iss || !payload.exp || !SERVICE_NAME.test(payload.iss)) throw refused();
      verified.set(statement, { caller: payload.iss, untilMs: (payload.exp + STATEMENT_LEEWAY_S) * 1000 });
      return payload.iss;
    } catch (error) {
      if (error instanceof errors.JOSEError) throw refused();
      throw error;
    }
  };

  return { service, statementFor, verify };
};
